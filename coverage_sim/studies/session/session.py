"""A scenario that stays open: each change of a site is answered without a run."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coverage_sim.engine.run_context import Progress, RunContext, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.engine.user_store import open_context
from coverage_sim.errors import InputError
from coverage_sim.inputs.changed_network import with_network
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.io.atomic_files import write_text
from coverage_sim.io.validation import GivenPath, Threads, checks_arguments
from coverage_sim.network.sites import Site
from coverage_sim.results.difference import Difference
from coverage_sim.results.result import Result
from coverage_sim.results.state import State
from coverage_sim.scenario.load import LoadedScenario, load_scenario
from coverage_sim.scenario.merging import files_of
from coverage_sim.scenario.schema_network import NetworkChoice, NewSite, SiteChange
from coverage_sim.studies.compare.compare_tables import differences
from coverage_sim.studies.session.entries import Entries, EntryT, read_entries
from coverage_sim.studies.session.live_cells import LiveCells
from coverage_sim.units import Key, Name
from coverage_sim.works.changed_scenario import extending


class Session:
    """A scenario that is opened once and changed again and again.

    Whatever it answers has the bits of a run of the changed scenario; only what a change touches
    is computed anew. The scenario's files are not written, nor read again.

    Parameters
    ----------
    scenario : str or Path
        The scenario file.
    threads, store, as_of, progress
        As in `coverage_sim.run`.

    Raises
    ------
    InputError
        With everything that is wrong with the scenario and the files it names.

    Examples
    --------
    >>> import coverage_sim
    >>> session = coverage_sim.Session("today.toml")
    >>> session.change("A", downtilt_deg=9.0)
    >>> table = session.difference().networks[["network", "level", "lost_people"]]
    >>> print(table.head(3).round().to_string(index=False))
    network  level  lost_people
     any_4g  basic        250.0
     any_4g   good          0.0
     any_4g indoor          0.0
    >>> session.undo()
    >>> bool((session.difference().networks["lost_people"] > 0.0).any())
    False
    """

    @checks_arguments
    def __init__(
        self,
        scenario: GivenPath,
        *,
        threads: Threads | None = None,
        store: Store | None = None,
        as_of: str | None = None,
        progress: Progress = no_progress,
    ) -> None:
        context = open_context(store, threads, progress)
        loaded = load_scenario(Path(scenario), as_of=as_of)
        self._open(prepare(loaded, store=context.store, progress=progress), context)

    @classmethod
    def of_prepared(cls, prepared: Prepared, context: RunContext) -> "Session":
        """Open a scenario whose inputs are read already.

        Parameters
        ----------
        prepared : Prepared
            The scenario.
        context : RunContext
            Its store keeps what is computed; its threads share the work.
        """
        session = cls.__new__(cls)
        session._open(prepared, context)  # noqa: SLF001  # its own
        return session

    def _open(self, prepared: Prepared, context: RunContext) -> None:
        self._prepared, self._context = prepared, context
        self._cells: LiveCells | None = LiveCells(prepared, context)
        self._opened = self._cells.state()
        self._state: State | None = self._opened
        self._before: tuple[NetworkChoice, ...] = ()

    @property
    def loaded(self) -> LoadedScenario:
        """The scenario with all changes."""
        return self._prepared.loaded

    @property
    def sites(self) -> tuple[Site, ...]:
        """Every site, on air or not, with all changes; positions are in the area's CRS."""
        return self._prepared.sites

    @property
    def changes(self) -> tuple[SiteChange | NewSite, ...]:
        """What was changed and added since the scenario was opened."""
        first = self._opened.scenario.network
        now = self.loaded.scenario.network
        return (*_beyond(first.add, now.add), *_beyond(first.change, now.change))

    def change(self, site: str, **given: Any) -> None:
        """Change one site.

        Parameters
        ----------
        site : str
            Its id.
        **given
            Keys of ``[[network.change]]``: ``position``, ``antenna_height_m``, ``azimuths_deg``,
            ``downtilt_deg``, ``status``, ``operators``, ``layers``, ``carriers``,
            ``transmitter``; see `coverage_sim.scenario.schema_network.SiteChange`.

        Raises
        ------
        InputError
            With everything that is wrong with the change, of which nothing stays then.
        """
        self.apply(change=[{"site": site, **given}])

    def add(self, **given: Any) -> None:
        """Put up a site.

        Parameters
        ----------
        **given
            Keys of ``[[network.add]]``: ``id``, ``position``, ``antenna_height_m``,
            ``operators``, ``layers`` and so on; see
            `coverage_sim.scenario.schema_network.NewSite`.

        Raises
        ------
        InputError
            With everything that is wrong with the site, which is not put up then.
        """
        self.apply(add=[given])

    @checks_arguments
    def apply(
        self,
        *,
        add: Entries = (),
        change: Entries = (),
    ) -> None:
        """Put up and change several sites at once, as one step that `undo` takes back.

        Parameters
        ----------
        add, change : sequence of mapping
            Keys of ``[[network.add]]`` and ``[[network.change]]``, a mapping for each entry.

        Raises
        ------
        InputError
            With everything that is wrong with any of them, of which nothing stays then.
        """
        new, changes = read_entries(add, change)
        network = self.loaded.scenario.network
        self.follow(
            dataclasses.replace(
                network, add=(*network.add, *new), change=(*network.change, *changes)
            )
        )

    @checks_arguments
    def follow(self, network: NetworkChoice) -> None:
        """Go on with other masts, as one step that `undo` takes back.

        Parameters
        ----------
        network : NetworkChoice
            As `loaded` has it but for ``change``, ``add``, ``deploy`` and ``on_air``.

        Raises
        ------
        InputError
            With everything that is wrong with them; the session stays as it was then.
        """
        self._go_to(network, (*self._before, self.loaded.scenario.network))

    def undo(self) -> None:
        """Take back the last change or site that was put up.

        Raises
        ------
        InputError
            If there is none.
        """
        if not self._before:
            msg = "nothing was changed since the scenario was opened, so nothing can be undone."
            raise InputError(msg)
        self._go_to(self._before[-1], self._before[:-1])
        if not self._before:
            self._state = self._opened

    def state(self) -> State:
        """Return what the network gives as it is: villages, communes, places, key figures."""
        if self._state is None:
            self._state = self._live().state()
        return self._state

    def difference(self) -> Difference:
        """Return what the network gives more and less than when the scenario was opened."""
        return differences(self._opened, self.state())

    def result(self) -> Result:
        """Return the result of a run of the scenario with all changes, without a ledger."""
        from coverage_sim.studies.run.run import result_of  # heavy: import late

        return result_of(self._prepared, self._live().network_rasters(), self._context)

    @checks_arguments
    def write(self, path: GivenPath, *, name: Key, title: Name | None = None) -> Path:
        """Write the scenario with all changes as a file that extends the one that was opened.

        Parameters
        ----------
        path : str or Path
            The file to write; none of those that the scenario is made of.
        name : str
            Of the scenario: small letters, digits and _.
        title : str, optional
            Of the scenario; its name where absent.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        InputError
            If it would take the place of a file that the scenario is made of, cannot be written,
            or no scenario can be called so.
        """
        file = Path(path)
        if file.resolve() in files_of(self.loaded.path):
            msg = (
                f"Session.write: {file} is one of the files that the scenario is made of, which "
                "what is written extends. Give another name."
            )
            raise InputError(msg)
        called = {"name": name, "title": title or name}
        text = extending(
            self.loaded,
            self.loaded.scenario.network,
            file.parent,
            called,
            comment="Made by a session of coverage-sim.",
        )
        write_text(file, text)
        return file

    def _go_to(self, network: NetworkChoice, before: tuple[NetworkChoice, ...]) -> None:
        """Go to another network; whatever is wrong with it, the session stays as it was."""
        prepared, live = with_network(self._prepared, network), self._live()
        self._cells = None  # half a change is none: whoever stops it here opens anew
        live.change(prepared)
        self._cells, self._prepared, self._state, self._before = live, prepared, None, before

    def _live(self) -> LiveCells:
        if self._cells is None:
            self._cells = LiveCells(self._prepared, self._context)
        return self._cells


def _beyond(first: Sequence[EntryT], now: Sequence[EntryT]) -> Sequence[EntryT]:
    """Return what a list says after what it has in common with the one at the beginning."""
    common = 0
    for one, other in zip(first, now, strict=False):
        if one != other:
            break
        common += 1
    return now[common:]
