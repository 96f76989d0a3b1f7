"""The module of imports."""

from app.core.module import Module
from app.features.customer_imports.router import router
from app.features.customer_imports.service import insert_customers

module = Module(name="customer_imports", router=router, jobs=(insert_customers,))
