"""A support desk: two agents, an approval, a saver that outlives the process."""

import os

from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.graph import END, StateGraph
from langgraph.prebuilt import create_react_agent
from langgraph.types import interrupt

from desk.tools import PAID, extra_tools, look_up

model = ChatOpenAI(model="gpt-4.1-2025-04-14", api_key=os.environ["DESK_OPENAI_KEY"])
client = MultiServerMCPClient({"mail": {"url": "http://mail.shop.com/mcp", "transport": "sse"}})
tools = [look_up, *PAID]
tools.append(extra_tools()[0])

clerk = create_react_agent(model, tools + client.get_tools(), name="clerk")
cashier = create_react_agent(model, tools=PAID, name="cashier")


def approve(state):
    """Ask the lead before money moves."""
    return interrupt({"question": "Pay?", "sum": state["sum"]})


builder = StateGraph(dict)
builder.add_node("clerk", clerk)
builder.add_node("approve", approve)
builder.add_node("cashier", cashier)
builder.add_edge("cashier", END)
graph = builder.compile(
    checkpointer=PostgresSaver.from_conn_string("postgres://desk"), interrupt_before=["cashier"]
)
