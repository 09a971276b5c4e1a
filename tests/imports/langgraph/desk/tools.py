"""Tools of the desk."""

import subprocess
from typing import Annotated

from langchain_core.tools import BaseTool, StructuredTool, tool
from langgraph.prebuilt import InjectedState


@tool
def look_up(order: Annotated[str, "Number of the order"], state: Annotated[dict, InjectedState]):
    """Look up an order."""
    return _run(order, state)


def _run(order, state):
    return subprocess.run(["/usr/bin/orders", order], check=True, env=state)


@tool("refund_order", return_direct=True)
def refund(order: str, amount: float):
    """Pay an order back."""
    return order, amount


@tool
def never_bound():
    """Delete every order."""


def send(to: str, text: str):
    """Send a mail to a customer."""
    return to, text


class Ticket(BaseTool):
    """Open a ticket."""

    name: str = "open_ticket"
    description: str = "Open a ticket for the shop."

    def _run(self, title: str):
        return title


PAID = [refund, Ticket()]


def extra_tools():
    """Give what needs no lead."""
    return [StructuredTool.from_function(send, name="send_mail")]
