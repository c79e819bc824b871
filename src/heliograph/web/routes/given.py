"""What every route may ask for: the house, the reader's language, who calls."""

from litestar.di import NamedDependency

from heliograph.web.access.gate import Visitor
from heliograph.web.house import House

TheHouse = NamedDependency[House]
Language = NamedDependency[str]
Who = NamedDependency[Visitor]
