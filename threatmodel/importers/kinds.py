"""The kinds of sources, in the order in which they are tried: those with the most signs first."""

from threatmodel.importers import (
    a2a_card,
    answers,
    client_config,
    crew,
    docker_registry,
    host_plugin,
    mcpb,
    oasf,
    office_agent,
    openai_plugin,
    openapi,
    registry_entry,
    server_card,
    skill,
    tool_list,
    toolhive,
)
from threatmodel.importers.kind import Kind

KINDS: tuple[Kind, ...] = (
    answers.KIND,
    mcpb.KIND,
    registry_entry.CARD,
    server_card.KIND,
    tool_list.KIND,
    registry_entry.ENTRY,
    openapi.KIND,
    openai_plugin.KIND,
    oasf.KIND,
    office_agent.AGENT,
    office_agent.MANIFEST,
    toolhive.KIND,
    docker_registry.KIND,
    host_plugin.PLUGIN,
    client_config.KIND,
    host_plugin.SETTINGS,
    a2a_card.KIND,
    crew.AGENTS,
    crew.TASKS,
    skill.SUBAGENT,
    skill.SKILL,
)
"""Every kind; the first whose shape fits reads the source."""
