"""UIS and its siblings (CoMagic, Novofon, CallGear): calls by the Data API 2.0."""
