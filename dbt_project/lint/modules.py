"""The Python modules of dbt's Jinja, as sqlfluff sees them: whatever is asked of them is a day."""


class _Day:
    def __getattr__(self, name: str) -> "_Day":
        # Jinja's sandbox asks a callable whether it is dangerous by these two.
        if name in ("unsafe_callable", "alters_data"):
            raise AttributeError(name)
        return self

    def __call__(self, *arguments: object, **named: object) -> "_Day":
        return self

    def __add__(self, other: object) -> "_Day":
        return self

    def __str__(self) -> str:
        return "2026-07-01"


datetime = pytz = _Day()
