"""Words of the page that decides: checked when rules are compiled, decoded at run time."""

from dataclasses import dataclass

from threatmodel.rules.rows import Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionWords(Checked):
    """Words of the page that decides, with placeholders in braces."""

    confirmation: str
    """Noun of what somebody confirms before a yes."""
    not_so: str
    """What must not be so: a {fact} for which nobody has written what is so instead."""
    met: str
    """That a single condition is met, as the end of `It may be used once`."""
    all_met: str
    """That {many} of them are."""
    ticked: str
    """That a single statement is confirmed."""
    all_ticked: str
    """That {many} of them are."""
    blank: str
    """That what nobody has stated is filled in."""
    one_score: str
    """Which score takes what is to be confirmed for true, as the beginning of a sentence."""
    both_scores: str
    """The same of the score today and that under conditions."""
    alone: str
    """End of either: what it takes for true, and the score where that {one} thing is not so."""
    apart: str
    """The same of several: the score where the gravest {one} is not so, and {all} of them."""
    guarded: str
    """Which {score} the policy gives that no yes needs, and what it does {then}."""
    guarding: str
    """Which {tools} it holds."""
    open: str
    """That no open answer alone lifts the score over the {line}, but {all} of them would."""
    accepts: str
    """Label of the {cases} that a yes accepts, with the {scores} of each."""
    scored: str
    """What a single one scores."""
    all_scored: str
    """What several score."""
    each_scored: str
    """What each of several scores that score the same."""
    shared: str
    """Why one of them may score more than the {score}."""
    then: str
    """End of these where conditions are met first."""
    stays: str
    """Label of what stays, and its {score}, where the conditions end all of the worst cases."""
    case: str
    """Noun of one of the worst cases."""
    cases: str
    """The same of several."""
    stopped: str
    """Said of a case that the conditions end."""
    asked_of: str
    """Said of a case that happens only where a person says yes."""
    not_stopped: str
    """Said of a case that nothing ends."""
    accepted: str
    """End of that, where a yes is asked for."""
    but: str
    """Said before the harm that stays of a case."""
    needed_for: str
    """Why a condition is there that lowers no score: it closes the way of {cases}."""
    spares: str
    """Why it is there: it spares so many {confirmations}."""
    hinders: str
    """Why it is there: it makes {cases} harder."""
    days: str
    """Effort of all conditions: {days}."""
    hides: str
    """Label of the tools that go."""
    hidden: str
    """What becomes of {tools}; {them} is `it` or `them`."""
    it: str
    them: str
    asks: str
    """Label of the tools of which each call waits."""
    asked: str
    """What becomes of {tools}."""
    by: str
    """{tools} that another {row} than the policy holds or takes away, such as `condition 2`."""
    sometimes: str
    """Label of the tools of which some calls wait."""
    when: str
    """{tools} of which a call waits, and {when}."""
    value: str
    """When a call waits whose values are outside limits that no row of `outside` tells."""
    text: str
    """When a call waits for what was read before."""
    either: str
    """When a call waits for its values ({value}) or for what was read before ({text})."""
    each: str
    """{tools} with the {rate} that all of them have."""
    paced: str
    """One tool ({tools}) with its {rate}."""
    daily: str
    """The {rate} of an hour, and how many that is in a working {day}."""
    more: str
    """A {number} of tools, the others being named."""
    changing: str
    """A {number} of tools that change something, the others being named."""
    looking: str
    """A {number} of tools that only look things up."""
    passes: str
    """Label of the tools that nobody is asked for."""
    passed: str
    """What becomes of {tools}; {most} is what is said of their number, or empty."""
    most: str
    """{rate} of all calls together."""
    refused: str
    """What becomes of values out of bounds, where nobody is asked."""
    limits: str
    """Label of what the description limits."""
    undone: str
    """Label of the score that all answers make together where they come out badly."""
    serves: str
    """What a server lets a model do: {doing}."""
    can: str
    """What an agent of a {kind} does by its tools: {doing}."""
    handles: str
    """What tools show of the data that it handles: {facts}."""
    some: str
    """A {number} of tools that {do} one thing."""
    use: str
    """What is done by {tools}, where no word tells what they work on."""
    rest: str
    """Stands for what else they work on."""
    own_words: str
    """What a server says of itself: {text}."""
    no_purpose: str
    """Question where nothing says what it is for."""
    approver: str
    """Question who approves the calls that wait under {conditions}."""
    filled: str
    """Who ({who}) fills something in ({asks}), and what holds {until} then."""
    key: str
    """Question with what it signs in."""
    owner: str
    """Question who owns the risk."""
    until: str
    """Question how long a yes holds."""
    among: str
    """A {number} of tools, with the first of them by name."""
    of_member: str
    """A {tool} of a {member}, where others have one of its name."""
