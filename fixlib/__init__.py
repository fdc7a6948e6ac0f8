"""fixlib: a log producer and receiver that lose nothing and say nothing untrue. This is the whole public face.

Import from `fixlib`; `fixlib.testing` has the fakes, `fixlib.flare` the NVIDIA FLARE components. Standard library only.
Within, all imports are relative: a site loads its copy under another name (`flare/fixlib_site.py`).
"""

from .errors import CheckpointError, FixlibError, FrameError, InvalidName, StoreError
from .events import (
    Completed,
    Event,
    EventSink,
    Failed,
    Gap,
    Missing,
    QuotaReached,
    Recovered,
    Refused,
    Retrying,
    Started,
    Stored,
    WriteFailed,
)
from .frames import (
    MAX_DATA,
    Ack,
    Chunk,
    End,
    Frame,
    Heartbeat,
    Message,
    Refusal,
    RefusalKind,
    Reply,
    check_name,
    decode_frame,
    decode_reply,
    encode,
)
from .producer import Done, FailureKind, Producer, State, Step, Timing, Wait
from .receiver import Quota, Receiver
from .tail import Checkpoint, LogTail

__all__ = [
    "MAX_DATA",
    "Ack",
    "Checkpoint",
    "CheckpointError",
    "Chunk",
    "Completed",
    "Done",
    "End",
    "Event",
    "EventSink",
    "Failed",
    "FailureKind",
    "FixlibError",
    "Frame",
    "FrameError",
    "Gap",
    "Heartbeat",
    "InvalidName",
    "LogTail",
    "Message",
    "Missing",
    "Producer",
    "Quota",
    "QuotaReached",
    "Receiver",
    "Recovered",
    "Refusal",
    "RefusalKind",
    "Refused",
    "Reply",
    "Retrying",
    "Started",
    "State",
    "Step",
    "StoreError",
    "Stored",
    "Timing",
    "Wait",
    "WriteFailed",
    "check_name",
    "decode_frame",
    "decode_reply",
    "encode",
]
