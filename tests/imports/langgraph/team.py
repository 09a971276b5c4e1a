"""A team: agents that another may start, a place to run commands, hand-overs, search by nodes."""

from deepagents import create_deep_agent
from google.genai import Client
from langgraph.graph import StateGraph
from langgraph_swarm import create_handoff_tool
from pydantic import BaseModel, Field
from shop_sandbox import make_place
from tavily import AsyncTavilyClient

search_client = AsyncTavilyClient()
asker = Client()


class Settings(BaseModel):
    """What a run may change."""

    search_model: str = Field(default="gemini-2.5-flash")


writer = {"name": "writer", "description": "Writes.", "model": "openai:gpt-4o-mini"}

team = create_deep_agent(
    model="anthropic:claude-sonnet-4-5",
    tools=[create_handoff_tool(agent_name="cashier"), create_handoff_tool(agent_name="clerk")],
    subagents=[writer, {"name": "reader", "description": "Reads."}],
    backend=make_place(),
)


async def look(state, settings: Settings):
    """Search with a client made above, and with a tool of the maker of the model."""
    asker.models.generate_content(
        model=settings.search_model, contents="", config={"tools": [{"google_search": {}}]}
    )
    return await search_client.search(state["question"])


graph = StateGraph(dict)
graph.add_node("look", look)
graph.add_node("team", team)
app = graph.compile()
