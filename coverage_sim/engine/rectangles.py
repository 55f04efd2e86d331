"""Rectangles of cells of the area: what is evaluated together lies in one."""

from typing import NamedTuple


class Rectangle(NamedTuple):
    """Rows and columns of the area; itself an index of its rasters.

    Parameters
    ----------
    rows, cols : slice
        Where it lies; their start and stop are given.
    """

    rows: slice
    cols: slice

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns; not above 0 where it is empty."""
        return self.rows.stop - self.rows.start, self.cols.stop - self.cols.start

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """First row and the one behind the last, the columns likewise."""
        return self.rows.start, self.rows.stop, self.cols.start, self.cols.stop

    @property
    def is_empty(self) -> bool:
        """Whether it has no cell."""
        return min(self.shape) <= 0

    def meet(self, other: "Rectangle") -> "Rectangle":
        """Return the cells of both; may be empty.

        Examples
        --------
        >>> left, right = (Rectangle(slice(0, 5), slice(a, a + 4)) for a in (0, 3))
        >>> left.meet(right)
        Rectangle(rows=slice(0, 5, None), cols=slice(3, 4, None))
        """
        return Rectangle(
            *(
                slice(max(one.start, two.start), min(one.stop, two.stop))
                for one, two in zip(self, other, strict=True)
            )
        )

    def within(self, outer: "Rectangle") -> "Rectangle":
        """Return where it lies in an array of a rectangle around it."""
        return Rectangle(
            *(
                slice(one.start - two.start, one.stop - two.start)
                for one, two in zip(self, outer, strict=True)
            )
        )


def around(rectangles: "list[Rectangle]") -> Rectangle:
    """Return the smallest rectangle that holds all of some."""
    return Rectangle(
        *(
            slice(min(one.start for one in axis), max(one.stop for one in axis))
            for axis in zip(*rectangles, strict=True)
        )
    )
