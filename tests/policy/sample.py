"""Agents made by hand that show every kind of guard."""

from tests.policy.make import argument, reading


def confluent():
    """Give readings in the manner of a server for a message broker."""
    return (
        reading("list-topics", effects=["list topic"]),
        reading(
            "consume-messages",
            "Read",
            argument("topicNames.[]", "id"),
            argument("maxMessages", "limit", "integer", required=False),
            effects=["read message"],
            flags=["reads_untrusted_content", "touches_private_data"],
        ),
        reading(
            "produce-message",
            "Write",
            argument("topicName", "id"),
            argument("value", "content", "object"),
            effects=["send message"],
            flags=["can_exfiltrate"],
        ),
        reading(
            "create-topics",
            "Write",
            argument("topics.[].topic", "id"),
            argument("topics.[].numPartitions", "amount", "integer", required=False),
            effects=["create topic"],
        ),
        reading(
            "create-flink-statement",
            "Execute",
            argument("statement", "sql"),
            argument("statementName", "id"),
            effects=["execute statement"],
            flags=["runs_code"],
        ),
        reading(
            "delete-topics",
            "Destructive",
            argument("topicNames.[]", "id"),
            effects=["delete topic"],
        ),
    )


def bank():
    """Give readings in the manner of a payment server."""
    return (
        reading("get_balance", effects=["read balance"], flags=["touches_private_data"]),
        reading("read_mail", effects=["read mail"], flags=["reads_untrusted_content"]),
        reading(
            "create_payment",
            "Financial",
            argument("amount", "amount", "number", required=False),
            argument("amount_minor", "amount", "integer", required=False),
            argument("to", "recipient"),
            argument("cc", "recipient", required=False),
            argument("dry_run", "dry_run", "boolean", required=False),
            effects=["create payment"],
        ),
        reading(
            "update_payment",
            "Financial",
            argument("id", "id"),
            argument("amount", "amount", "number", required=False),
            effects=["update payment"],
        ),
        reading(
            "cancel_payment",
            "Financial",
            argument("id", "id"),
            effects=["cancel payment"],
            brake=True,
        ),
        reading(
            "fetch",
            "Read",
            argument("url", "url"),
            argument("paths.[]", "path", required=False),
            argument("file", "path", required=False),
            effects=["read page"],
            flags=["can_exfiltrate"],
        ),
        reading(
            "add_user",
            "Write",
            argument("email", "recipient"),
            flags=["admin_or_identity"],
            effects=["create user"],
        ),
        reading("preview_release", effects=["preview release"]),
        reading(
            "deploy_release",
            "Execute",
            argument("dry_run", "dry_run", "boolean", required=False),
            effects=["deploy release"],
        ),
    )


WISHES = {
    "topics": ["orders", "refunds"],
    "paths": ["/srv/data", "/home/ann"],
    "domains": ["api.example.com", "*.example.org"],
    "recipients": ["ann@example.com", "@example.org"],
    "statements": ["SELECT", "SHOW TABLES"],
    "limits": [
        {"tool": "create_payment", "argument": "amount", "max": 100, "window": "call"},
        {"tool": "create_payment", "argument": "amount", "max": 500, "window": "day"},
        {"tool": "consume-messages", "argument": "maxMessages", "max": 50, "window": "call"},
    ],
    "subjects": ["desk-1", "desk-2"],
}
