"""The parts that label printing plugs into the service."""

from app.core.module import Module
from app.features.label_printing.settings import LabelSettings

module = Module(name="label_printing", settings=LabelSettings)
