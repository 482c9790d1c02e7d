# SPDX-License-Identifier: AGPL-3.0-or-later
"""One client's session and what it may do: write nothing, call what its user may, touch its own subscriptions only.

asyncua 2.1.0 takes a subscription by its number from whoever names it, and numbers them one after the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_session import InternalSession
from asyncua.server.subscription_service import SubscriptionService

from inspector.opcua.nodes import Right
from inspector.opcua.sparing import SparingLog

sparing = SparingLog(logging.getLogger(__name__))

MONITORED_AT_MOST = 500
CALLS_AT_MOST = 10
FASTEST_PUBLISHING_MS = 100.0


@dataclass
class Login(User):
    """Who has logged in; `right` is None for an anonymous reader."""

    right: Right | None = None


ANONYMOUS = Login(UserRole.User, "anonymous", None)

Call = Callable[[ua.CallMethodRequest, Login], Any]
"""Answers one method call of a user."""

_FOREIGN = ua.StatusCodes.BadSubscriptionIdInvalid


class GuardedSession(InternalSession):
    """A session of a client from outside."""

    async def write(self, params: ua.WriteParameters) -> list[ua.StatusCode]:
        """Nothing is writable."""
        return [ua.StatusCode(ua.UInt32(ua.StatusCodes.BadNotWritable)) for _ in params.NodesToWrite]

    async def call(self, params: list[ua.CallMethodRequest]) -> list[ua.CallMethodResult]:
        """Hand the calls to who answers them."""
        if len(params) > CALLS_AT_MOST:
            raise ServiceError(ua.StatusCodes.BadTooManyOperations)
        inner: Any = self.iserver
        return [await inner.call(request, self.user) for request in params]

    async def create_monitored_items(
        self, params: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        """Of an own subscription."""
        self._check_own(params.SubscriptionId)
        return await super().create_monitored_items(params)

    async def modify_monitored_items(
        self, params: ua.ModifyMonitoredItemsParameters
    ) -> list[ua.MonitoredItemModifyResult]:
        """Of an own subscription."""
        self._check_own(params.SubscriptionId)
        return await super().modify_monitored_items(params)

    async def delete_monitored_items(self, params: ua.DeleteMonitoredItemsParameters) -> list[ua.StatusCode]:
        """Of an own subscription."""
        self._check_own(params.SubscriptionId)
        return await super().delete_monitored_items(params)

    async def set_monitoring_mode(self, params: ua.SetMonitoringModeParameters) -> list[ua.StatusCode]:
        """Of an own subscription."""
        self._check_own(params.SubscriptionId)
        return await super().set_monitoring_mode(params)

    async def set_publishing_mode(self, params: ua.SetPublishingModeParameters) -> list[ua.StatusCode]:
        """Of own subscriptions."""
        for identifier in params.SubscriptionIds:
            self._check_own(identifier)
        return await super().set_publishing_mode(params)

    def modify_subscription(self, params: ua.ModifySubscriptionParameters) -> ua.ModifySubscriptionResult:
        """An own one."""
        self._check_own(params.SubscriptionId)
        return super().modify_subscription(params)

    def republish(self, params: ua.RepublishParameters) -> ua.NotificationMessage:
        """Of an own subscription."""
        self._check_own(params.SubscriptionId)
        return super().republish(params)

    def publish(self, acks: Iterable[ua.SubscriptionAcknowledgement] | None = None) -> tuple[int, list[ua.StatusCode]]:
        """Acknowledge what came of own subscriptions."""
        given = list(acks or ())
        count, answers = super().publish([ack for ack in given if self._is_own(ack.SubscriptionId)])
        told = iter(answers)
        return count, [next(told) if self._is_own(ack.SubscriptionId) else _foreign() for ack in given]

    async def delete_subscriptions(self, ids: list[int]) -> list[ua.StatusCode]:
        """Own ones."""
        results = []
        for identifier in ids:
            own = self._is_own(identifier)
            results += await super().delete_subscriptions([identifier]) if own else [_foreign()]
        return results

    def _is_own(self, identifier: int) -> bool:
        subscription = self.subscription_service.subscriptions.get(identifier)
        return subscription is not None and subscription.session_id == self.session_id

    def _check_own(self, identifier: int) -> None:
        if not self._is_own(identifier):
            raise ServiceError(_FOREIGN)


class GuardedSubscriptions(SubscriptionService):
    """All subscriptions, with bounds on how many items and how often.

    A client writes the filter of its events itself, and asyncua looks at it only when there is an event: what does not
    fit then would otherwise reach whoever fires the event.
    """

    async def create_subscription(
        self, params: ua.CreateSubscriptionParameters, *arguments: Any, **named: Any
    ) -> ua.CreateSubscriptionResult:
        """No faster than every 100 ms."""
        params.RequestedPublishingInterval = max(params.RequestedPublishingInterval, FASTEST_PUBLISHING_MS)
        return await super().create_subscription(params, *arguments, **named)

    async def create_monitored_items(
        self, params: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        """At most 500 of each subscription."""
        subscription = self.subscriptions.get(params.SubscriptionId)
        have = 0 if subscription is None else len(subscription.monitored_item_srv._monitored_items)  # noqa: SLF001
        if have + len(params.ItemsToCreate) > MONITORED_AT_MOST:
            raise ServiceError(ua.StatusCodes.BadTooManyMonitoredItems)
        return await super().create_monitored_items(params)

    async def trigger_event(self, event: Any, subscription_id: int | None = None) -> None:
        """Tell every subscription; one whose filter does not fit ends."""
        for identifier, subscription in list(self.subscriptions.items()):
            try:
                await subscription.monitored_item_srv.trigger_event(event)
            except (ua.UaError, AttributeError, LookupError, TypeError, ValueError) as error:
                sparing.warning("subscription %d ends, its filter of events does not fit: %r", identifier, error)
                await self.delete_subscriptions([identifier])


def _foreign() -> ua.StatusCode:
    return ua.StatusCode(ua.UInt32(_FOREIGN))
