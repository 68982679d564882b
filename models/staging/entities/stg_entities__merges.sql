{{ delivered('merges') }} -- noqa: PRS
