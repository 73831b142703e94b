"""Staff accounts in the database: who they are, their roles, where they are signed in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from secrets import token_urlsafe

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from proctor.sqlstore import Writer
from web.errors import Problem
from web.roles import PERMISSIONS, Role
from web.tables import account_roles, accounts, staff_logins

LOGIN_LASTS_MS = 14 * 3_600_000
"""A working day and its preparation; nobody is thrown out during an exam."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One member of staff."""

    id: str
    login: str
    name: str
    language: str
    roles: frozenset[Role]

    @property
    def permissions(self) -> frozenset[str]:
        """All that the roles allow."""
        return frozenset[str]().union(*(PERMISSIONS[role] for role in self.roles))


class SqlAccounts:
    """Accounts, roles and logins."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine, self._writer = engine, writer

    def add(self, account: Account, password_hash: str, at: int) -> None:
        """Store a new account; the login must be free."""

        def unit(connection: Connection) -> None:
            connection.execute(
                insert(accounts).values(
                    id=account.id,
                    login=account.login.casefold(),
                    name=account.name,
                    password=password_hash,
                    language=account.language,
                    created_at=at,
                )
            )
            rows = [{"account": account.id, "role": role.value} for role in sorted(account.roles)]
            connection.execute(insert(account_roles), rows)

        try:
            self._writer.write(unit)
        except IntegrityError:
            raise Problem("login_taken") from None

    def by_login(self, login: str) -> tuple[Account, str] | None:
        """The account of a login and its password hash; None when there is none or it is disabled."""
        with self._engine.connect() as connection:
            row = connection.execute(
                select(accounts).where(accounts.c.login == login.casefold(), accounts.c.disabled_at.is_(None))
            ).one_or_none()
            return None if row is None else (self._account(connection, row), str(row.password))

    def get(self, account: str) -> Account | None:
        """One account by id."""
        with self._engine.connect() as connection:
            row = connection.execute(select(accounts).where(accounts.c.id == account)).one_or_none()
            return None if row is None else self._account(connection, row)

    def all(self) -> tuple[Account, ...]:
        """Every account, by login."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.login)).all()
            return tuple(self._account(connection, row) for row in rows)

    def set_password(self, account: str, password_hash: str, keep: str) -> None:
        """Store a new password hash and sign every browser out but the one with the token `keep`."""

        def unit(connection: Connection) -> None:
            connection.execute(update(accounts).where(accounts.c.id == account).values(password=password_hash))
            others = (staff_logins.c.account == account, staff_logins.c.digest != _digest(keep))
            connection.execute(delete(staff_logins).where(*others))

        self._writer.write(unit)

    def sign_in(self, account: str, now: int) -> str:
        """A new token for a browser; only its digest is kept."""
        token = token_urlsafe(32)

        def unit(connection: Connection) -> None:
            connection.execute(delete(staff_logins).where(staff_logins.c.expires_at <= now))
            connection.execute(
                insert(staff_logins).values(
                    digest=_digest(token), account=account, began_at=now, expires_at=now + LOGIN_LASTS_MS
                )
            )

        self._writer.write(unit)
        return token

    def sign_out(self, token: str) -> None:
        """The token opens nothing any more."""
        self._writer.write(
            lambda connection: connection.execute(delete(staff_logins).where(staff_logins.c.digest == _digest(token)))
        )

    def signed_in(self, token: str, now: int) -> Account | None:
        """The account behind a browser's token."""
        joined = accounts.join(staff_logins, staff_logins.c.account == accounts.c.id)
        with self._engine.connect() as connection:
            row = connection.execute(
                select(accounts)
                .select_from(joined)
                .where(
                    staff_logins.c.digest == _digest(token),
                    staff_logins.c.expires_at > now,
                    accounts.c.disabled_at.is_(None),
                )
            ).one_or_none()
            return None if row is None else self._account(connection, row)

    @staticmethod
    def _account(connection: Connection, row: object) -> Account:
        stored: dict[str, str] = row._mapping  # type: ignore[attr-defined]
        held = connection.scalars(select(account_roles.c.role).where(account_roles.c.account == stored["id"]))
        return Account(
            id=stored["id"],
            login=stored["login"],
            name=stored["name"],
            language=stored["language"],
            roles=frozenset(Role(role) for role in held),
        )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
