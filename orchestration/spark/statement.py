"""The parts of a model's SQL: its common table expressions by tokens, with their own text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlglot.dialects.spark import Spark
from sqlglot.tokenizer_core import Token, TokenType

# Without one of these, an expression only picks rows of a table: to read it twice costs little.
_COSTLY = {
    *(TokenType.JOIN, TokenType.GROUP_BY, TokenType.DISTINCT, TokenType.UNION, TokenType.OVER),
    *(TokenType.QUALIFY, TokenType.WINDOW),
}
_BRACKETS = {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}


@dataclass(frozen=True)
class Query:
    """A part of a statement: a common table expression, or what follows them without a name."""

    name: str
    statement: str
    tokens: Sequence[Token]

    @property
    def text(self) -> str:
        return self.statement[self.tokens[0].start : self.tokens[-1].end + 1]

    @property
    def is_costly(self) -> bool:
        return any(token.token_type in _COSTLY for token in self.tokens)

    @property
    def is_recursive(self) -> bool:
        return self.reads(self.name) > 0

    def reads(self, name: str) -> int:
        """How often it reads the expression of this name."""
        words = [(token.token_type, token.text) for token in self.tokens]
        return sum(
            before in (TokenType.FROM, TokenType.JOIN) and text == name
            for (before, _), (_, text) in pairwise(words)
        )

    def halves(self) -> tuple["Query", "Query", bool]:
        """Of a recursive expression: the query of its first rows, that of the rows made of others,
        and whether equal rows stay (UNION ALL)."""
        union = max(
            place
            for place, depth in _depths(self.tokens)
            if depth == 0
            and self.tokens[place].token_type == TokenType.UNION
            and not self._part(0, place).is_recursive
        )
        is_all = self.tokens[union + 1].token_type == TokenType.ALL
        return self._part(0, union), self._part(union + 1 + is_all), is_all

    def after(self, inline: Mapping[str, "Query"]) -> str:
        """Its text after those expressions of `inline` that it reads, itself or through others."""
        read: list[str] = []
        readers = [self]
        for expression in reversed(list(inline.values())):
            if any(reader.reads(expression.name) for reader in readers):
                readers.append(expression)
                read.insert(0, f"{expression.name} as (\n{expression.text}\n)")
        return "with " + ",\n".join(read) + f"\n{self.text}" if read else self.text

    def _part(self, first: int, last: int | None = None) -> "Query":
        return Query(self.name, self.statement, self.tokens[first:last])


def split(statement: str) -> list[Query]:
    """The common table expressions of a statement, in their order, and what follows them."""
    tokens = Spark().tokenize(statement)
    found, place = [], 0
    if tokens[0].token_type == TokenType.WITH:
        place = 1 + (tokens[1].token_type == TokenType.RECURSIVE)
        while True:
            # name as ( ... )
            begin = place + 2
            end = next(at for at, depth in _depths(tokens, begin) if depth == 0)
            found.append(Query(tokens[place].text, statement, tokens[begin + 1 : end]))
            place = end + 1
            if tokens[place].token_type != TokenType.COMMA:
                break
            place += 1
    return [*found, Query("", statement, tokens[place:])]


def _depths(tokens: Sequence[Token], first: int = 0) -> Iterator[tuple[int, int]]:
    """The place of each token from the first, and in how many brackets what follows it is."""
    depth = 0
    for place in range(first, len(tokens)):
        depth += _BRACKETS.get(tokens[place].token_type, 0)
        yield place, depth
