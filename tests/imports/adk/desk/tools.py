"""Tools of the desk."""


def look_up_order(order: str, tool_context):
    """Look up an order of a customer."""
    return order, tool_context


def refund(order: str, amount: float):
    """Pay an order back."""
    return order, amount
