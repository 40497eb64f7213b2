"""The three people who can sign in at the local stack's user pool. Their passwords are no secret: it is on loopback."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from local.demo import people
from local.stack.completion import session
from local.stack.deployment import STACK


@dataclass(frozen=True)
class Account:
    """Somebody of the demo's enterprise."""

    username: str
    password: str
    group: str


ACCOUNTS = (
    Account("manager", "Demo-manager-1", "managers"),
    Account("officer", "Demo-officer-1", "privacy-officers"),
    Account("cashier", "Demo-cashier-1", "cashiers"),
)


def ensure_accounts(url: str) -> dict[str, object]:
    """Make sure that the pool has them; what the console must know to sign somebody in."""
    formation = session().client("cloudformation", endpoint_url=url)
    outputs = {
        each["OutputKey"]: each["OutputValue"]
        for each in formation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    }
    pool = outputs["PeoplePool"]
    identities = session().client("cognito-idp", endpoint_url=url)
    known = {each["Username"] for each in identities.list_users(UserPoolId=pool)["Users"]}
    for account in ACCOUNTS:
        if account.username not in known:
            identities.admin_create_user(
                UserPoolId=pool,
                Username=account.username,
                MessageAction="SUPPRESS",
                UserAttributes=[
                    {"Name": "custom:enterprise_id", "Value": people.ENTERPRISE},
                    {"Name": "email", "Value": f"{account.username}@example.com"},
                ],
            )
        identities.admin_set_user_password(
            UserPoolId=pool, Username=account.username, Password=account.password, Permanent=True
        )
        identities.admin_add_user_to_group(UserPoolId=pool, Username=account.username, GroupName=account.group)
    return {
        "authorize": "/oauth2/authorize",
        "token": "/oauth2/token",
        "client": outputs["ConsoleClient"],
        "scope": "openid",
        "people": [asdict(account) for account in ACCOUNTS],
    }
