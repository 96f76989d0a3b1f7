"""Building blocks of endpoints: routers, request and response models, lists, batches, ETags.

    from app.core.api import API_V1, DataResponse, Envelope, Router, errors

    router = Router(prefix=f"{API_V1}/notes", tags=["notes"])

    @router.get("/{note_id}", response_model=Envelope[NoteOut], responses=errors(NoteNotFound))
    async def read_note(session: ReadSession, note_id: UUID) -> DataResponse[Note]:
        return DataResponse(await notes.get_note(session, note_id))

The modules of this package show the use of lists (`pagination`), batches (`batch`), conditional
changes (`etag`) and deprecations (`versions`).
"""

from app.core.api.batch import MAX_BATCH_SIZE, BatchIds, batch_failure, match_batch
from app.core.api.envelope import (
    Batch,
    BatchEnvelope,
    BatchFailure,
    BatchResult,
    DataResponse,
    Envelope,
    ErrorEnvelope,
    Page,
    PageEnvelope,
    PageMeta,
)
from app.core.api.etag import (
    IF_MATCH_ERRORS,
    ExpectedVersions,
    IfMatch,
    make_etag,
    with_etag,
)
from app.core.api.openapi import errors, with_location
from app.core.api.pagination import (
    Filter,
    InvalidCursor,
    ListQuery,
    Orders,
    build_page,
    paginate,
    select_page,
)
from app.core.api.routing import Router, anonymous
from app.core.api.schemas import (
    EmailAddress,
    FileName,
    RequestModel,
    ResponseModel,
    ShortText,
    UtcDatetime,
    WholeNumber,
    normalized_email,
)
from app.core.api.versions import API_V1, Sunset

__all__ = [
    "API_V1",
    "IF_MATCH_ERRORS",
    "MAX_BATCH_SIZE",
    "Batch",
    "BatchEnvelope",
    "BatchFailure",
    "BatchIds",
    "BatchResult",
    "DataResponse",
    "EmailAddress",
    "Envelope",
    "ErrorEnvelope",
    "ExpectedVersions",
    "FileName",
    "Filter",
    "IfMatch",
    "InvalidCursor",
    "ListQuery",
    "Orders",
    "Page",
    "PageEnvelope",
    "PageMeta",
    "RequestModel",
    "ResponseModel",
    "Router",
    "ShortText",
    "Sunset",
    "UtcDatetime",
    "WholeNumber",
    "anonymous",
    "batch_failure",
    "build_page",
    "errors",
    "make_etag",
    "match_batch",
    "normalized_email",
    "paginate",
    "select_page",
    "with_etag",
    "with_location",
]
