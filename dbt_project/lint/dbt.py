"""dbt's own macros as sqlfluff sees them: the linter renders models without dbt."""


def date_trunc(part: str, column: str) -> str:
    return f"date_trunc('{part}', {column})"


def dateadd(part: str, interval: str | int, column: str) -> str:
    return f"date_add({column}, {interval})"


def datediff(first: str, second: str, part: str) -> str:
    return f"date_diff('{part}', {first}, {second})"


def hash(expression: str) -> str:
    return f"md5({expression})"


def concat(fields: list[str]) -> str:
    return " || ".join(fields)


def safe_cast(field: str, type: str) -> str:
    return f"try_cast({field} as {type})"


def type_bigint() -> str:
    return "bigint"


def type_string() -> str:
    return "varchar"


def last_day(column: str, part: str) -> str:
    return f"last_day({column})"


def split_part(text: str, delimiter: str, part: int) -> str:
    return f"split_part({text}, {delimiter}, {part})"


def listagg(measure: str, delimiter: str, order: str) -> str:
    return f"listagg({measure}, {delimiter} {order})"


def position(part: str, text: str) -> str:
    return f"position({part} in {text})"
