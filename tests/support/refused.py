"""What a call is refused with."""

import pytest

from threatmodel.errors import AivssError


def fault(call, *args) -> AivssError:
    """Give the fault of a call, which says what to do."""
    with pytest.raises(AivssError) as caught:
        call(*args)
    assert caught.value.hint
    return caught.value
