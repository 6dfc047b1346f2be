"""What a picture is for, guessed from where it lay and what it is; whoever sends it can say otherwise."""

from __future__ import annotations

from typing import Final

from catalog.choices import MediaKind, MediaRole

# The first word that is found counts: “SKU 主图” is a variant's picture.
WORDS: Final = (
    (MediaRole.SKU, ("sku", "规格图", "規格圖", "规格", "規格", "颜色", "顏色", "variant")),
    (MediaRole.DETAIL, ("详情", "詳情", "描述", "detail", "desc")),
    (MediaRole.SCENE, ("场景", "場景", "scene", "lifestyle", "模特")),
    (MediaRole.MAIN, ("主图", "主圖", "白底", "main", "cover", "头图", "頭圖")),
)
TALL: Final = 1.4  # a picture so much higher than wide is one of the long ones below the fold


def guess_role(name: str, kind: str, width: int, height: int) -> str:
    """Return the role of a file by the words of its folders and name, nearest first, else by its form."""
    if kind == MediaKind.VIDEO:
        return MediaRole.VIDEO.value
    for part in reversed(name.replace("\\", "/").lower().split("/")):
        for role, words in WORDS:
            if any(word in part for word in words):
                return role.value
    if width == height:
        return MediaRole.MAIN.value
    return (MediaRole.DETAIL if height > TALL * width else MediaRole.SCENE).value
