"""The kinds of facility: ``KINDS`` is the one place where a kind is added.

Its names are the texts ``kind.<key>``, those of its group ``kind_group.<group>``; filter, import,
symbol, legend and coverage follow from the entry.

References
----------
The networks that a civil-affairs office keeps: funeral and burial facilities (殡葬管理条例), care
of the elderly at county, township and village (养老服务三级网络), protection of minors, relief,
marriage registration, communities, social work, lottery, rehabilitation, and what moved to other
offices in 2018 and still stands in the lists (veterans, relief goods). Hospitals and clinics are
asked for beside care by the quarter-hour circle (一刻钟居家养老服务圈).
"""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass
from functools import cache

from geo.errors import OptionInvalidError
from geo.texts import LANGS, Text, text

NEAR = 3
"""How many kinds with a like name an unknown one is answered with."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of facility; ``symbol`` is an icon of lucide.

    ``private_home`` says that it stands in people's homes: a count by division, never a point, for
    its address is somebody's personal data (个人信息保护法 art. 4; a child's, art. 28).
    """

    key: str
    group: str
    symbol: str
    private_home: bool = False

    @property
    def name(self) -> Text:
        """Return what people call it."""
        return Text(f"kind.{self.key}")


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("funeral_home", "funeral", "flame"),
        Kind("funeral_service", "funeral", "hand-helping"),
        Kind("commercial_cemetery", "funeral", "landmark"),
        Kind("urban_public_cemetery", "funeral", "tombstone"),
        Kind("rural_public_cemetery", "funeral", "flower-2"),
        Kind("columbarium", "funeral", "library"),
        Kind("eco_burial", "funeral", "trees"),
        Kind("hui_cemetery", "funeral", "moon-star"),
        Kind("martyrs_cemetery", "funeral", "star"),
        Kind("scattered_martyr_grave", "funeral", "medal"),
        Kind("donor_memorial", "funeral", "heart-pulse"),
        Kind("legacy_burial_site", "funeral", "mountain"),
        Kind("care_guidance_centre", "care", "signpost"),
        Kind("comprehensive_care_centre", "care", "building-2"),
        Kind("care_home", "care", "bed-double"),
        Kind("rural_care_home", "care", "house-heart"),
        Kind("disabled_support_base", "care", "accessibility"),
        Kind("care_emergency_centre", "care", "life-buoy"),
        Kind("community_care_station", "care", "house-plus"),
        Kind("day_care", "care", "sun"),
        Kind("happiness_home", "care", "smile"),
        Kind("mutual_aid_point", "care", "handshake"),
        Kind("meal_point", "care", "utensils"),
        Kind("senior_centre", "care", "armchair"),
        Kind("home_care_bed", "care", "bed", private_home=True),
        Kind("home_adaptation", "care", "sofa", private_home=True),
        Kind("child_protection_centre", "children", "shield-check"),
        Kind("child_protection_station", "children", "shield"),
        Kind("child_protection_point", "children", "shield-plus"),
        Kind("child_welfare_home", "children", "baby"),
        Kind("hope_cabin", "children", "sprout", private_home=True),
        Kind("relief_station", "relief", "hand-heart"),
        Kind("relief_point", "relief", "heart-handshake"),
        Kind("marriage_office", "marriage", "gem"),
        Kind("community_service", "community", "store"),
        Kind("wish_point", "community", "wand-sparkles"),
        Kind("social_work_station", "social_work", "briefcase"),
        Kind("social_work_incubator", "social_work", "boxes"),
        Kind("volunteer_station", "social_work", "users-round"),
        Kind("lottery_outlet", "lottery", "ticket"),
        Kind("rehabilitation_point", "rehabilitation", "brain"),
        Kind("glory_home", "veterans", "award"),
        Kind("veterans_service", "veterans", "badge-help"),
        Kind("military_supply_station", "veterans", "bus"),
        Kind("relief_warehouse", "relief_goods", "warehouse"),
        Kind("hospital", "health", "hospital"),
        Kind("clinic", "health", "stethoscope"),
    )
}
"""Kind by key, in the order in which lists and legends have them."""


def find_kind(name: str) -> Kind | None:
    """Return the kind of a key or a name in either language; None where there is none."""
    return _by_name().get(_plain(name))


def read_kind(name: str, *, option: str = "--kind") -> Kind:
    """Return the kind of a key or a name in either language.

    Raises
    ------
    OptionInvalidError
        If there is none; allowed are those with a like name, or all.
    """
    found = find_kind(name)
    if found is None:
        raise OptionInvalidError(option=option, value=name, allowed=near_kinds(name) or list(KINDS))
    return found


def near_kinds(name: str) -> list[Text]:
    """Return the kinds whose key or name is most like a text, the nearest first."""
    like = difflib.get_close_matches(_plain(name), list(_by_name()), n=2 * NEAR, cutoff=0.6)
    keys = dict.fromkeys(_by_name()[one].key for one in like)
    return [Text("reason.kind_named", {"kind": KINDS[key].name, "key": key}) for key in keys][:NEAR]


@cache
def _by_name() -> dict[str, Kind]:
    named = {
        _plain(text(f"kind.{key}", lang)): kind for key, kind in KINDS.items() for lang in LANGS
    }
    aliases = {_plain(alias): KINDS[key] for key, more in ALIASES.items() for alias in more}
    return {**aliases, **named, **{_plain(key): kind for key, kind in KINDS.items()}}


def _plain(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in plain if char.isalnum())


ALIASES: dict[str, tuple[str, ...]] = {
    "funeral_service": ("殡仪服务中心",),
    "commercial_cemetery": ("公墓", "经营公墓", "陵园", "墓园"),
    "urban_public_cemetery": ("城镇公益性公墓", "公益性公墓"),
    "rural_public_cemetery": ("农村公墓", "村级公墓", "乡镇公墓", "农村公益性墓地", "公益性墓地"),
    "columbarium": ("骨灰楼", "骨灰存放处", "骨灰安放处"),
    "eco_burial": ("生态安葬点", "树葬", "海葬", "花坛葬", "草坪葬"),
    "comprehensive_care_centre": ("街道综合养老服务中心", "区域养老服务中心", "区域性养老服务中心"),
    "care_home": (
        "养老机构",
        "老年公寓",
        "护理院",
        "养护院",
        "老年养护院",
        "福利院",
        "nursing home",
    ),
    "rural_care_home": ("农村福利院", "乡镇敬老院", "农村敬老院", "特困供养机构"),
    "community_care_station": ("居家养老服务站", "社区居家养老服务站", "养老服务站", "养老驿站"),
    "day_care": ("日间照料", "老年人日间照料中心", "社区日间照料中心", "日照中心", "托老所"),
    "happiness_home": ("幸福院", "农村互助幸福院"),
    "meal_point": ("幸福食堂", "老年食堂", "长者食堂", "助餐服务点"),
    "senior_centre": ("老年活动室", "老年人活动中心"),
    "home_care_bed": ("家庭养老床",),
    "home_adaptation": ("适老化改造", "居家适老化改造", "适老化改造家庭"),
    "child_protection_centre": ("未保中心", "未成年人保护中心"),
    "child_protection_station": ("未保站", "未成年人保护站"),
    "child_protection_point": ("未成年人保护点",),
    "relief_station": ("救助站",),
    "marriage_office": ("婚姻登记机关", "婚姻登记中心"),
    "community_service": ("社区服务中心", "党群服务中心", "社区综合服务中心", "便民服务中心"),
    "wish_point": ("微愿服务站", "微心愿点", "便民点"),
    "social_work_station": ("社工站",),
    "social_work_incubator": ("孵化基地", "社工孵化基地"),
    "volunteer_station": ("志愿服务站", "志愿服务点"),
    "lottery_outlet": ("福彩站", "福利彩票销售网点", "福彩投注站"),
    "rehabilitation_point": ("康复点", "精神障碍社区康复点"),
    "veterans_service": ("优抚医院", "优抚中心"),
    "relief_warehouse": ("物资储备库", "储备库", "救灾仓库"),
    "hospital": ("综合医院", "卫生院", "乡镇卫生院"),
    "clinic": ("卫生室", "村卫生室", "诊所", "社区卫生服务中心", "社区卫生服务站"),
}
"""Other names that lists have for a kind."""
