"""Errors of work orders."""

from app.core.errors import Conflict, NotFound


class WorkOrderNotFound(NotFound):
    """No work order has this id."""

    code = "work_order_not_found"
    message = "No work order has this id."


class WorkOrderTaken(Conflict):
    """Another technician has accepted the order."""

    code = "work_order_taken"
    message = "Another technician has accepted this order. Choose another one."


class WorkOrderEnded(Conflict):
    """The order is done or canceled."""

    code = "work_order_ended"
    message = "This order is done or canceled, so it cannot be changed."
