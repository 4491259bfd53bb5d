"""Enclave projects: what is booked where, and who gets the cash, kept apart.

Formula: cash_origin = cash share × (tax − cost) and cost by cost share; booked_origin = accounting share ×
(value added, use), 0 while statistics are kept in place; a side that would lose refuses and nothing moves.

Source: Tianjin 2019 paper (十二) 飞地经济; in-place statistics (在地统计) keep agreed shares from being booked,
literature.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import scale
from marketsim.policy.rule import Example, Rule, parameter
from marketsim.policy.transfers.payments import Payments, payments


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The agreed shares of the origin."""

    cash_share: float = parameter(
        0.5,
        unit="of the tax",
        within=(0, 1),
        meaning="Share of the tax that goes to the origin.",
        meaning_zh="飞出地税收分成。",
        source="usual 50:50, judgement",
    )
    cost_share: float = parameter(
        0.5,
        unit="of the cost",
        within=(0, 1),
        meaning="Share of the cost the origin bears.",
        meaning_zh="飞出地成本分担。",
        source="judgement",
    )
    accounting_share: float = parameter(
        0.5,
        unit="of output and use",
        within=(0, 1),
        meaning="Share of output and use booked to the origin.",
        meaning_zh="飞出地统计分算比例。",
        source="judgement",
    )
    in_place: bool = parameter(
        True,
        unit="-",
        meaning="Statistics are kept in place: everything is booked to the host.",
        meaning_zh="在地统计：全部计入飞入地。",
        source="current practice, literature",
    )


@dataclass(frozen=True, kw_only=True)
class Enclaves:
    """Columns, `(projects,)` int64: `origin`, `host`, `tax_fen`, `cost_fen` (all borne by the host at first)
    and the `amounts (kinds, projects)` of output and uses to be booked."""

    origin: np.ndarray
    host: np.ndarray
    tax_fen: np.ndarray
    cost_fen: np.ndarray
    amounts: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Split:
    """`origin`, `host (projects,)`; `accepted (projects,)` bool; `cash`: tax to the origin, cost to the host; `booked_origin`, `booked_host
    (kinds, projects)` int64, which add up to the amounts of the accepted projects."""

    origin: np.ndarray
    host: np.ndarray
    accepted: np.ndarray
    cash: Payments
    booked_origin: np.ndarray
    booked_host: np.ndarray


def apply(parameters: Parameters, enclaves: Enclaves) -> Split:
    """Return cash and books of every project that leaves both sides no worse off."""
    to_origin = scale(enclaves.tax_fen, parameters.cash_share)
    to_host = scale(enclaves.cost_fen, parameters.cost_share)
    origin_gain = to_origin - to_host
    host_gain = enclaves.tax_fen - to_origin - (enclaves.cost_fen - to_host)
    accepted = (origin_gain >= 0) & (host_gain >= 0)
    cash = payments(
        np.concatenate([enclaves.host, enclaves.origin]),
        np.concatenate([enclaves.origin, enclaves.host]),
        np.concatenate([np.where(accepted, to_origin, 0), np.where(accepted, to_host, 0)]),
        "enclave project",
    )
    amounts = np.where(accepted, enclaves.amounts, 0)
    share = 0 if parameters.in_place else parameters.accounting_share
    booked = np.array([scale(row, share) for row in amounts])
    return Split(origin=enclaves.origin, host=enclaves.host, accepted=accepted, cash=cash, booked_origin=booked, booked_host=amounts - booked)


EXAMPLE = Example(
    given="A project pays 100 of tax and costs 60, all halved; statistics in place (cash won by origin and host).",
    given_zh="项目税收100、成本60，均对半；在地统计（两地现金净得）。",
    run=lambda: (
        apply(
            Parameters(),
            Enclaves(
                origin=np.array([0]),
                host=np.array([1]),
                tax_fen=np.array([100]),
                cost_fen=np.array([60]),
                amounts=np.array([[1000]]),
            ),
        )
        .cash.net_fen(2)
        .tolist()
    ),
    then=[20, -20, 0],
)

RULE = Rule(
    name="enclave",
    room="transfers",
    title_en="Enclave projects",
    title_zh="飞地经济利益分享",
    summary_zh="飞地项目：统计归属与现金分成分开处理。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
