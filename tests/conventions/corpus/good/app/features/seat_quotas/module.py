"""The module of quotas."""

from app.core.module import Module
from app.features.seat_quotas.counting import forget_user
from app.features.seat_quotas.router import router

module = Module(name="seat_quotas", router=router, on_user_deleted=forget_user)
