"""Random checkpoints: what training would have left, with weights that show.

Gains are such that logits depend on every layer, and the statistics of
normalisations are not those that they start with.
"""

import torch


def random_state(network, seed=0):
    """Draw all tensors of a PyTorch network; returns its state_dict()."""
    generator = torch.Generator().manual_seed(seed)

    def normal(tensor, mean, std):
        drawn = torch.randn(tensor.shape, generator=generator)
        tensor.copy_(drawn * std + mean)

    norms = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d, torch.nn.BatchNorm3d)
    for module in network.modules():
        state = dict(module.named_parameters(recurse=False))
        with torch.no_grad():
            for name, tensor in state.items():
                if not tensor.requires_grad:
                    continue  # RNL's mask
                if isinstance(module, norms):
                    normal(tensor, float(name == "weight"), 0.2)
                else:
                    normal(tensor, 0, (1.5 / max(tensor[0].numel(), 1)) ** 0.5)
            if isinstance(module, norms):
                normal(module.running_mean, 0, 0.2)
                module.running_var.uniform_(0.5, 1.5, generator=generator)
                module.num_batches_tracked.fill_(7)
    return network.state_dict()


def arrays(state):
    """As `read_checkpoint` returns a state_dict()."""
    return {key: tensor.detach().numpy() for key, tensor in state.items()}
