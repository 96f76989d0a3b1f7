"""Print the size of the service: its libraries' modules, models, tables and routes, as JSON."""

import json
import sys
from collections.abc import Iterator

from pydantic import BaseModel

from app.core.api.routing import api_routes
from app.core.db import Base
from app.main import create_app


def own_models(parent: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield the service's models, and those of its libraries that it has specialised."""
    for model in parent.__subclasses__():
        if model.__module__.partition(".")[0] == "app":
            yield model
        yield from own_models(model)


app = create_app()
files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
shape = {
    "modules": [name for name, file in files.items() if "site-packages" in file],
    "models": [len(model.model_fields) for model in dict.fromkeys(own_models(BaseModel))],
    "tables": [len(table.columns) for table in Base.metadata.sorted_tables],
    "routes": sum(1 for _ in api_routes(app)),
}
print(json.dumps(shape))
