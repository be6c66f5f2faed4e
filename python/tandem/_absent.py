"""Modules of PyTorch that Tandem has not, and what to do instead."""

modules = {
    "hub": "download the weights and pass them to load_state_dict(torch.load(path))",
    "fx": "tandem.trace(f, inputs) gives a program, and print(program) its ops",
    "profiler": "tandem.forecast(program) tells time and memory of each op before it runs; time calls with "
                "time.perf_counter()",
    "quantization": "train and run in float32 or bfloat16",
    "ao": "train and run in float32 or bfloat16",
    "sparse": "use dense tensors",
    "overrides": "subclasses of Tensor may define methods of their own; __torch_function__ is not called",
    "nested": "pad the sequences (nn.utils.rnn.pad_sequence) or pack them (pack_padded_sequence)",
    "package": "save the state_dict with torch.save, or the program with tandem.save_program",
    "monitor": "use torch.utils.tensorboard",
    "futures": "use concurrent.futures",
    "_dynamo": "tandem.compile needs no settings; f.explain() says which programs there are",
    "_inductor": "tandem.compile has one back end",
    "xpu": "compute on the CPU: device='cpu'",
    "mtia": "compute on the CPU: device='cpu'",
}


def advice(name):
    """What to say of a missing module; "" where there is nothing."""
    return f"; {modules[name]}" if name in modules else ""
