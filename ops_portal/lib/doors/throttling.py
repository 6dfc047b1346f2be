"""Rate limits: a window for each caller, counted in Redis in one round trip; without Redis, no limit."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import redis
import structlog
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

log = structlog.get_logger(__name__)

# After a failure Redis is left alone for this long, so that a dead one costs few time-outs.
PAUSE_SECONDS = 5.0
TIME_OUT_SECONDS = 0.1


@lru_cache(maxsize=4)
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=TIME_OUT_SECONDS, socket_connect_timeout=TIME_OUT_SECONDS)


class RateLimit(BaseThrottle):
    """Count the requests of a user (or, unknown, of an address) within a minute.

    ``settings.PORTAL_RATE_LIMITS`` holds requests a minute for ``user`` and ``anonymous``; 0 is no limit.
    """

    PERIOD = 60
    _paused_until = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        kind, ident = self.caller(request)
        limit: int = settings.PORTAL_RATE_LIMITS.get(kind, 0)
        if not limit:
            return True
        now = time.time()
        window, passed = divmod(int(now), self.PERIOD)
        self.reset = self.PERIOD - passed
        used = self.count(f"portal:rate:{kind}:{ident}:{window}", now)
        if used is None:
            return True
        request._request.portal_rate = (limit, max(0, limit - used), self.reset)  # type: ignore[attr-defined]
        return used <= limit

    def caller(self, request: Request) -> tuple[str, str]:
        """Return the kind of caller and what tells it from others."""
        if request.user and request.user.is_authenticated:
            return "user", str(request.user.pk)
        return "anonymous", self.get_ident(request) or ""

    def count(self, key: str, now: float) -> int | None:
        """Count this request and return how many the window holds; None where Redis can't say."""
        if now < RateLimit._paused_until:
            return None
        try:
            pipeline = _redis(settings.REDIS_CACHE_URL).pipeline(transaction=False)
            pipeline.incr(key)
            pipeline.expire(key, self.PERIOD * 2)
            used: int = pipeline.execute()[0]
        except (redis.RedisError, OSError) as error:
            RateLimit._paused_until = now + PAUSE_SECONDS
            log.warning("rate_limit_open", why=str(error), for_seconds=PAUSE_SECONDS)
            return None
        return used

    def wait(self) -> float:
        return float(self.reset)


def rate_headers(request: Any) -> dict[str, str]:
    """Return the headers that tell a caller what is left of the window."""
    rate = getattr(getattr(request, "_request", request), "portal_rate", None)
    if rate is None:
        return {}
    limit, remaining, reset = rate
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(remaining),
        "RateLimit-Reset": str(reset),
    }
