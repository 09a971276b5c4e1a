"""The model over real servers: severities spread, scores spread, variants never worse."""

import json
from collections import Counter

import pytest

from threatmodel.assessment import assess
from threatmodel.description.agent import Agent
from threatmodel.scales import OPEN

_KEYS = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")


def agent_of(file) -> Agent:
    recorded = json.loads(file.read_text())
    tools = [{k: t[k] for k in _KEYS if t.get(k) is not None} for t in recorded["tools"]]
    return Agent.of({"name": file.stem, "kind": "mcp-server", "form": "product", "tools": tools})


class Servers(dict):
    """Assessments of recorded servers, each made when it is first asked for."""

    def __init__(self, folder):  # noqa: D107 - the folder of recordings
        super().__init__()
        self.folder = folder

    def __missing__(self, name):  # noqa: D105 - what a dictionary asks for a key it lacks
        return self.setdefault(name, assess(agent_of(self.folder / f"{name}.json")))

    def all(self):
        return [self[file.stem] for file in sorted(self.folder.glob("*.json"))]


@pytest.fixture(scope="module")
def servers(corpus):
    return Servers(corpus / "mcp")


def priorities(assessment):
    verdicts = assessment.scored.outcome.verdicts.values()
    return Counter(v.priority for v in verdicts if v.state in OPEN)


@pytest.mark.long
def test_no_priority_holds_more_than_half_of_the_open_threats(servers, say):
    total = sum((priorities(a) for a in servers.all()), Counter())
    shares = {s: round(n / total.total(), 3) for s, n in total.most_common()}
    say(f"{len(servers.all())} servers, {total.total()} open threats: {shares}")
    assert max(shares.values()) <= 0.5


@pytest.mark.long
def test_scores_spread_over_at_least_four_points(servers, say):
    values = sorted(a.score.value for a in servers.all())
    low, high = values[round(0.05 * (len(values) - 1))], values[round(0.95 * (len(values) - 1))]
    most = Counter(values).most_common(1)[0]
    say(f"5th percentile {low}, 95th {high}, most common {most[0]} on {most[1]} of {len(values)}")
    assert high - low >= 4
    assert most[1] <= len(values) / 4


READS_PUBLIC = (
    "mcp-server-time",
    "server-brave-search",
    "duckduckgo-mcp-server",
    "context7-mcp",
    "awslabs-aws-documentation",
    "exa-mcp-server",
)
DANGEROUS = (
    "mcp-server-commands",
    "ssh-mcp",
    "wcgw",
    "mongodb-mcp-server",
    "redis-mcp-server",
    "alpaca-mcp-server",
    "paddle-mcp",
)


@pytest.mark.parametrize("name", READS_PUBLIC)
def test_servers_that_read_what_is_public_have_nothing_to_act_on_now(servers, name):
    assert priorities(servers[name])["act now"] == 0


ONLY_PUBLIC = (
    "mcp-server-time",
    "server-brave-search",
    "context7-mcp",
    "mapbox-mcp",
    "server-google-maps",
    "awslabs-aws-location",
    "perplexity-mcp",
    "server-sequential-thinking",
)


@pytest.mark.parametrize("name", ONLY_PUBLIC)
def test_servers_that_only_look_up_what_is_public_are_low(servers, name):
    assert servers[name].score.severity == "Low"


FETCHES = ("mcp-server-fetch", "duckduckgo-mcp-server", "awslabs-aws-documentation", "oxylabs-mcp")
WRITES = ("mcp-server-git", "server-filesystem", "hubspot-mcp", "awslabs-aws-support")


@pytest.mark.parametrize("name", FETCHES)
def test_fetching_any_address_is_low_medium_and_below_every_writer(servers, name):
    assert servers[name].score.value <= 4.5
    assert all(servers[name].score.value < servers[other].score.value for other in WRITES)


ONLY_ANSWERS = ("server-postgres", "elasticsearch-mcp", "server-gdrive", "awslabs-redshift")


@pytest.mark.parametrize("name", ONLY_ANSWERS)
def test_servers_that_only_answer_are_medium_however_private_what_they_read(servers, name):
    assert servers[name].score.severity == "Medium"


@pytest.mark.parametrize("name", DANGEROUS)
def test_shells_databases_and_money_have_something_to_act_on_now(servers, name):
    assert priorities(servers[name])["act now"] > 0


MILDER = {
    "auth0-mcp+readonly": "auth0-mcp",
    "excel-mcp-server+readonly": "excel-mcp-server",
    "mcp-confluent+readonly": "mcp-confluent",
    "mcp-confluent+local-docker": "mcp-confluent",
    "mongodb-mcp-server+readonly": "mongodb-mcp-server",
    "workspace-mcp+readonly": "workspace-mcp",
}
FULLER = {
    "zscaler-mcp+write": "zscaler-mcp",
    "playwright-mcp+allcaps": "playwright-mcp",
}


@pytest.mark.parametrize(("milder", "full"), MILDER.items())
def test_a_read_only_or_local_variant_never_scores_higher(servers, corpus, say, milder, full):
    variant = assess(agent_of(corpus / "mcp_variants" / f"{milder}.json"))
    say(f"{milder} {variant.score.value}, {full} {servers[full].score.value}")
    assert variant.score.value <= servers[full].score.value


@pytest.mark.parametrize(("fuller", "plain"), FULLER.items())
def test_a_variant_with_more_tools_never_scores_lower(servers, corpus, fuller, plain):
    variant = assess(agent_of(corpus / "mcp_variants" / f"{fuller}.json"))
    assert variant.score.value >= servers[plain].score.value


PAIRS = """
ssh-mcp > server-brave-search
mcp-server-commands > mcp-server-time
mcp-server-commands > server-filesystem
wcgw > mcp-server-git
serena-agent > context7-mcp
mcp-server-kubernetes > prometheus-mcp-server
mcp-server-docker > mapbox-mcp
awslabs-iam > awslabs-aws-documentation
awslabs-iam > awslabs-cloudtrail
awslabs-eks > awslabs-cloudwatch
awslabs-elasticache > awslabs-aws-location
azure-mcp > awslabs-aws-iac
gcloud-mcp > analytics-mcp
digitalocean-mcp > server-google-maps
hostinger-mcp > yfinance-mcp
alpaca-mcp-server > yfinance-mcp
paddle-mcp > exa-mcp-server
xero-mcp > perplexity-mcp
bitwarden-mcp > server-memory
workspace-mcp > server-gdrive
gmail-autoauth-mcp > mcp-server-fetch
server-slack > server-sequential-thinking
server-github > mcp-server-git
github-mcp-server > server-gdrive
zereight-gitlab > server-gitlab
mongodb-mcp-server > elasticsearch-mcp
dbhub > server-postgres
couchbase-mcp-server > awslabs-amazon-keyspaces
playwright-mcp > shadcn-mcp
chrome-devtools-mcp > antv-chart
n8n-mcp > shopify-dev-mcp
falcon-mcp > mcp-server-sentry
"""


@pytest.mark.long
def test_pairs_that_any_expert_would_sign_are_in_order(servers, say):
    pairs = [line.split(" > ") for line in PAIRS.strip().splitlines()]
    wrong = [
        f"{high} {servers[high].score.value} > {low} {servers[low].score.value}"
        for high, low in pairs
        if servers[high].score.value <= servers[low].score.value
    ]
    say(f"{len(pairs)} pairs, {len(wrong)} wrong: {wrong}")
    assert wrong == []


@pytest.mark.long
def test_marks_ranges_and_counts_tell_servers_apart(servers, say):
    every = servers.all()
    mapped = {layer: sum(v.certain for a in every for v in a.model.layers if v.id == layer)
              for layer in ("L2", "L3", "L4", "L5", "L6", "L7")}  # fmt: skip
    widths = sorted(a.score.high - a.score.low for a in every)
    own = sorted(len(a.model.open) for a in every)
    say(f"mapped {mapped} of {len(every)}; range {widths[55]:.1f}, p90 {widths[98]:.1f}")
    say(f"{own[55]} own threats in the median")
    assert all(0 < count < len(every) for layer, count in mapped.items() if layer != "L3")
    assert widths[len(widths) // 2] <= 2.5
    assert not any(v.certain for a in every for v in a.model.layers if v.id == "L1")
