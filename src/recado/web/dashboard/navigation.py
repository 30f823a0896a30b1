"""Where one can go: the pages in the menu, and who sees each."""

from dataclasses import dataclass

from recado.access.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An entry of the menu; its words are ``navigation.<name>``."""

    name: str
    path: str
    icon: str
    role: Role = Role.VIEWER


NAVIGATION = (
    Place(name="overview", path="/", icon="pulse"),
    Place(name="executions", path="/executions", icon="list"),
    Place(name="dead_letters", path="/dead-letters", icon="letter"),
    Place(name="triggers", path="/triggers", icon="bolt"),
    Place(name="people", path="/people", icon="people", role=Role.ADMIN),
    Place(name="audit", path="/audit", icon="book", role=Role.ADMIN),
    Place(name="settings", path="/settings", icon="sliders", role=Role.ADMIN),
)


def is_current(place: Place, path: str) -> bool:
    """Tell whether a path is a place or lies in it."""
    return path == place.path or (
        place.path != "/" and path.startswith(f"{place.path}/")
    )
