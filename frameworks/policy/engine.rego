package mcp.authz

import rego.v1

# The decision on one tool call: allow, require_approval or deny. Nothing passes by default.
default decision := {"verdict": "deny", "guards": [], "messages": ["The call cannot be judged."]}

decision := {"verdict": "deny", "guards": sort(refusing), "messages": sort(refusals)} if {
	count(refusing) > 0
} else := {"verdict": "require_approval", "guards": sort(holding), "messages": sort(holds)} if {
	count(holding) > 0
	not approved
} else := {"verdict": "allow", "guards": [], "messages": []} if {
	is_string(input.tool)
	is_object(input.arguments)
	permitted
}

# Tools to leave out of tools/list.
hidden contains name if {
	some name, tool in guards.tools
	tool.access == "hide"
}

approved if input.approved == true

known if guards.tools[input.tool]

permitted if known

permitted if guards["default"].allow == true

refusing contains guard if some [guard, _] in refused

refusals contains message if some [_, message] in refused

holding contains guard if some [guard, _] in held

holds contains message if some [_, message] in held

refused contains [guards["default"].guard, guards["default"].message] if {
	not known
	guards["default"].guard
}

refused contains [tool.guard, tool.message] if {
	tool := guards.tools[input.tool]
	tool.access in {"deny", "hide"}
}

refused contains [guard, message] if {
	some guard, message in guards.tools[input.tool].checks
	not guard in passes
}

refused contains [limit.guard, limit.message] if {
	some limit in guards.tools[input.tool].limits
	not within(limit)
}

refused contains [limit.guard, limit.message] if {
	limit := guards.overall
	not within(limit)
}

refused contains [row.guard, row.message] if {
	row := guards.repeat
	not first_enough(row)
}

refused contains [row.guard, row.message] if {
	row := guards.subject
	not is_listed(row)
}

refused contains [row.guard, row.message] if {
	row := guards.pin
	known
	not is_reviewed(row)
}

refused contains [row.guard, row.message] if {
	row := guards.schema
	names := row.arguments[input.tool]
	not named(names)
}

refused contains [row.guard, row.message] if {
	some row in guards.tools[input.tool].sequence
	not any_before(row)
}

held contains [tool.guard, tool.message] if {
	tool := guards.tools[input.tool]
	tool.access == "approval"
}

held contains [tool.guard, tool.message] if {
	tool := guards.tools[input.tool]
	tool.access == "dry-run"
	not tool.guard in passes
}

held contains [row.guard, row.message] if {
	some row in guards.tools[input.tool].taint
	not untainted(row)
}

held contains [guard, message] if {
	some guard, message in guards.tools[input.tool].asks
	not guard in passes
}

# What a call is held to must be there, and of its type: a rule that cannot be evaluated would refuse nothing.
first_enough(row) if {
	is_number(input.same_call)
	input.same_call < row.max
}

is_listed(row) if {
	is_string(input.subject)
	input.subject in row.values
}

is_reviewed(row) if {
	is_string(input.definition)
	input.definition == row.sha256[input.tool]
}

named(names) if {
	is_object(input.arguments)
	every name, _ in input.arguments {
		name in names
	}
}

passes contains "" if false

# The session is known, and none of the tools was called in it.
untainted(row) if {
	is_array(input.tools_before)
	count([tool | some tool in input.tools_before; tool in row.after]) == 0
}

any_before(row) if {
	is_array(input.tools_before)
	some tool in input.tools_before
	tool in row.after
}

within(limit) if {
	is_number(input.counts[limit.counter])
	input.counts[limit.counter] + adds(limit) <= limit.max
}

adds(limit) := 1 if {
	not limit.items
	not limit.sum
}

adds(limit) := sum([count(found) |
	some path in limit.items
	found := at(path)
	is_array(found)
]) if limit.items

adds(limit) := sum([found |
	some path in limit.sum
	found := number_of(at(path))
]) if limit.sum

# What is searched of a value: the text that it is, or every key and text inside it, but blank ones.
texts(value) := {value} if is_string(value)

texts(value) := found if {
	not is_string(value)
	found := {text |
		walk(value, [path, leaf])
		some text in array.concat(path, [leaf])
		is_string(text)
		trim_space(text) != ""
	}
}

mentions(value, part) if {
	some text in texts(value)
	contains(text, part)
}

carries(value, pattern) if {
	some text in texts(value)
	regex.match(pattern, text)
}

at(path) := object.get(input.arguments, path, null)

number_of(value) := value if is_number(value)

number_of(value) := to_number(value) if {
	is_string(value)
	regex.match(`^[0-9]+(\.[0-9]+)?$`, value)
}
