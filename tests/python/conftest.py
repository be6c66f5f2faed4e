import pytest

import tandem as torch


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)
