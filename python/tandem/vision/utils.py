"""Images as grids and files."""

import math

from .. import Tensor, cat, no_grad, stack


@no_grad()
def make_grid(tensor, nrow=8, padding=2, normalize=False, value_range=None, scale_each=False, pad_value=0.0):
    """Images [n, C, H, W], or a list of them, side by side in one: ``nrow`` a row."""
    if isinstance(tensor, list):
        tensor = stack(tensor, dim=0)
    if not isinstance(tensor, Tensor):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    if tensor.dim() == 2:
        tensor = tensor.unsqueeze(0)
    if tensor.dim() == 3:
        tensor = (cat((tensor, tensor, tensor), 0) if tensor.size(0) == 1 else tensor).unsqueeze(0)
    if tensor.dim() == 4 and tensor.size(1) == 1:
        tensor = cat((tensor, tensor, tensor), 1)
    if normalize:
        tensor = tensor.clone()

        def scale(image):
            low, high = value_range if value_range is not None else (float(image.min()), float(image.max()))
            image.clamp_(low, high).sub_(low).div_(max(high - low, 1e-5))

        if scale_each:
            for image in tensor:
                scale(image)
        else:
            scale(tensor)
    if tensor.size(0) == 1:
        return tensor.squeeze(0)
    n = tensor.size(0)
    columns = min(nrow, n)
    rows = math.ceil(n / columns)
    height, width = tensor.size(2) + padding, tensor.size(3) + padding
    grid = tensor.new_full((tensor.size(1), height * rows + padding, width * columns + padding), pad_value)
    for k in range(n):
        y, x = divmod(k, columns)
        grid[:, y * height + padding : (y + 1) * height, x * width + padding : (x + 1) * width] = tensor[k]
    return grid


@no_grad()
def save_image(tensor, fp, format=None, **kwargs):
    """Writes images as one grid; the ending of ``fp`` says in which format."""
    from ._pil import image_module
    from .. import uint8

    grid = make_grid(tensor, **kwargs)
    values = grid.mul(255).add_(0.5).clamp_(0, 255).permute(1, 2, 0).to("cpu", uint8).contiguous().numpy()
    image_module().fromarray(values).save(fp, format=format)
