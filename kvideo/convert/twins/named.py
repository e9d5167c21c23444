"""Networks whose modules are put under the names of a table."""

from torch import nn


class Named(nn.Module):
    """A module with parts at dotted paths."""

    def put(self, path, part):
        """Place `part` at a path such as `head.projection`."""
        *parents, name = path.split(".")
        place = self
        for parent in parents:
            if parent not in place._modules:
                place.add_module(parent, nn.Module())
            place = place._modules[parent]
        place.add_module(name, part)

    def at(self, path):
        return self.get_submodule(path)

    def has(self, path):
        """Whether a module is at a path."""
        place = self
        for name in path.split("."):
            if name not in place._modules:
                return False
            place = place._modules[name]
        return True
