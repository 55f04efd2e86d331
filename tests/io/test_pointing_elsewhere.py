"""No input makes the program read another file or ask a server, whatever its name promises."""

import http.server
import sqlite3
import subprocess
import sys
import threading
import zipfile
from contextlib import closing

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from coverage_sim.errors import InputError
from coverage_sim.io.raster_files import raster_file
from coverage_sim.io.vector_files import VECTORS, read_features

SECRET = gpd.GeoDataFrame(
    {"id": ["secret"]}, geometry=gpd.points_from_xy([106.0], [20.0]), crs=4326
)


@pytest.fixture
def server():
    """A server on this machine, and the paths that somebody asked it for."""
    asked = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_HEAD = do_POST = do_GET  # noqa: N815  # the names that the library calls

        def log_message(self, *_):
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{listening.server_address[1]}", asked
    listening.shutdown()
    thread.join()
    listening.server_close()


def pointers(address, secret):
    """Contents by which a driver reads what lies elsewhere."""
    service = f"http://{address}/x"
    return {
        "an OGR VRT": (
            f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}'
            "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
        ),
        "an OGR VRT of a server": (
            f'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/{service}.geojson'
            "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
        ),
        "a WFS description": f"<OGRWFSDataSource><URL>{service}</URL></OGRWFSDataSource>",
        "a WMS description": (
            f'<GDAL_WMS><Service name="WMS"><ServerUrl>{service}</ServerUrl></Service></GDAL_WMS>'
        ),
        "a GDALG pipeline": (
            '{"type": "gdal_streamed_alg", "command_line": '
            f'"gdal vector pipeline ! read {service}.geojson"}}'
        ),
        "a GDAL VRT": (
            '<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1">'
            f"<SimpleSource><SourceFilename>/vsicurl/{service}.tif</SourceFilename></SimpleSource>"
            "</VRTRasterBand></VRTDataset>"
        ),
    }


@pytest.mark.parametrize("ending", VECTORS)
def test_a_list_that_is_a_pointer_is_refused_and_nothing_is_asked(tmp_path, server, ending):
    address, asked = server
    secret = tmp_path / "secret.gpkg"
    SECRET.to_file(secret)
    for kind, content in pointers(address, secret).items():
        path = tmp_path / f"list{ending}"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read_features(path)
        (problem,) = caught.value.problems
        if ending in (".geojson", ".json", ".kml"):
            assert kind.removesuffix(" of a server") in problem
    assert asked == []


def test_a_pointer_within_a_list_is_refused_too(tmp_path, server):
    address, asked = server
    for content in pointers(address, tmp_path).values():
        for text in (f'{{"a": 1}}\n{content}', f"\ufeff {content}", f"<!-- {content} --><kml/>"):
            for ending in (".geojson", ".kml"):
                path = tmp_path / f"list{ending}"
                path.write_text(text, encoding="utf-8")
                with pytest.raises(InputError):
                    read_features(path)
    assert asked == []


@pytest.mark.parametrize("ending", [".tif", ".hgt", ".img", ".asc", ".bil", ".dt1", ".png", ""])
def test_a_raster_that_is_a_pointer_is_refused_and_nothing_is_asked(tmp_path, server, ending):
    address, asked = server
    for content in pointers(address, tmp_path).values():
        path = tmp_path / f"n20e106{ending}"
        path.write_text(content, encoding="utf-8")
        with pytest.raises((InputError, rasterio.errors.RasterioError)), raster_file(path):
            pass
    assert asked == []


@pytest.fixture
def heights(tmp_path):
    """A GeoTIFF in a folder of data, beside one that is not below it."""
    for folder in ("data", "elsewhere"):
        (tmp_path / folder).mkdir()
        with rasterio.open(
            tmp_path / folder / "heights.tif", "w", driver="GTiff", width=4, height=4, count=1,
            dtype="float32", crs="EPSG:32648", transform=from_origin(0, 40, 10, 10),
        ) as file:  # fmt: skip
            file.write(np.ones((1, 4, 4), np.float32))
    return tmp_path / "data" / "heights.tif"


@pytest.mark.parametrize("beside", [".ovr", ".msk"])
def test_overviews_and_masks_beside_a_raster_do_not_lead_elsewhere(heights, server, beside):
    address, asked = server
    heights.with_name(f"heights.tif{beside}").write_text(pointers(address, heights)["a GDAL VRT"])
    with pytest.raises(InputError, match="is a GDAL VRT"), raster_file(heights) as source:
        source.dataset_mask()
    assert asked == []


def test_a_raster_that_names_its_overviews_is_refused(heights, server):
    address, asked = server
    with rasterio.open(heights, "r+") as file:
        file.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=f"/vsicurl/http://{address}/x.ovr")
    with pytest.raises(InputError, match="names overviews in another file"), raster_file(heights):
        pass
    assert asked == []


def mosaic(path, source, *, relative=1, band="", inside=""):
    path.write_text(
        '<VRTDataset rasterXSize="4" rasterYSize="4"><SRS>EPSG:32648</SRS>'
        "<GeoTransform>0, 10, 0, 40, 0, -10</GeoTransform>"
        f'<VRTRasterBand dataType="Float32" band="1"{band}>{inside}<SimpleSource>'
        f'<SourceFilename relativeToVRT="{relative}">{source}</SourceFilename>'
        "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    return path


def test_a_mosaic_joins_files_below_the_catalogues_folder(heights):
    folder = heights.parent
    joined = mosaic(folder / "m.vrt", "heights.tif")
    with raster_file(joined, mosaics_of=folder) as source:
        assert source.read(1).tolist() == [[1.0] * 4] * 4
    with pytest.raises(InputError, match=r"the ending of the raster m\.vrt"), raster_file(joined):
        pass  # where no catalogue says so


def test_a_mosaic_leads_nowhere_else(heights, server):
    address, asked = server
    folder = heights.parent
    nested = mosaic(folder / "nested.vrt", "heights.tif")
    (folder / "fake.tif").write_text(pointers(address, heights)["a GDAL VRT"])
    (folder / "link.tif").symlink_to(folder.parent / "elsewhere" / "heights.tif")
    wrong = [
        {"source": "../elsewhere/heights.tif"},
        {"source": str(folder.parent / "elsewhere" / "heights.tif"), "relative": 0},
        {"source": f"/vsicurl/http://{address}/x.tif", "relative": 0},
        {"source": f"http://{address}/x.tif", "relative": 0},
        {"source": nested.name},
        {"source": "fake.tif"},
        {"source": "link.tif"},
        {"source": f"{'a' * 300}.tif"},
        {"source": "heights.tif", "band": ' subClass="VRTDerivedRasterBand"'},
        {"source": "heights.tif", "inside": "<PixelFunctionType>sum</PixelFunctionType>"},
    ]
    for given in wrong:
        path = mosaic(folder / "m.vrt", **given)
        with pytest.raises(InputError), raster_file(path, mosaics_of=folder):
            pass
    assert asked == []


# --- databases ---


@pytest.fixture
def package(tmp_path):
    path = tmp_path / "list.gpkg"
    SECRET.to_file(path, layer="sites")
    return path


def altered(path, *statements):
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


ENDLESS = (
    "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT i AS id, i AS geom FROM n"
)


def test_a_view_without_an_end_is_refused(package):
    altered(
        package,
        ENDLESS,
        "INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('endless', "
        "'features', 4326)",
        "INSERT INTO gpkg_geometry_columns VALUES ('endless', 'geom', 'POINT', 4326, 0, 0)",
    )
    with pytest.raises(InputError, match=r"the view endless cannot be read \(interrupted"):
        read_features(package)


def test_a_table_of_the_schema_may_be_an_endless_view_too(package):
    altered(
        package,
        "ALTER TABLE gpkg_contents RENAME TO gone",
        "CREATE VIEW gpkg_contents AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
        "FROM n) SELECT gone.* FROM gone, n",
    )
    with pytest.raises(InputError, match="the view gpkg_contents cannot be read"):
        read_features(package)


def test_a_view_that_ends_is_read(package):
    altered(package, "CREATE VIEW some AS SELECT * FROM sites WHERE id = 'secret'")
    assert list(read_features(package)["id"]) == ["secret"]


def test_a_computed_column_and_one_that_fills_the_memory_are_refused(package):
    altered(package, "ALTER TABLE sites ADD COLUMN big TEXT AS (hex(zeroblob(400000000)))")
    with pytest.raises(InputError, match="sites has a computed column"):
        read_features(package)


def test_a_virtual_table_over_another_file_is_refused(package, tmp_path):
    # the reader of databases knows such a module, SQLite itself does not: written by hand
    altered(package, "CREATE TABLE other (id TEXT)")
    with closing(sqlite3.connect(package)) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_master SET sql = ?, rootpage = 0 WHERE name = 'other'",
            [f"CREATE VIRTUAL TABLE other USING VirtualOGR('{tmp_path / 'x.gpkg'}')"],
        )
        database.commit()
    with pytest.raises(InputError, match=r"other is a virtual table \(virtualogr"):
        read_features(package)


WRITER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("PRAGMA journal_mode = WAL")
for statement in sys.argv[2:]:
    database.execute(statement)
    database.commit()
    print("done", flush=True)
    sys.stdin.readline()
"""


def test_a_package_that_another_program_writes_to_is_read_as_far_as_it_is_written(package):
    # in a process of its own, as QGIS is: a file's locks are those of a process
    command = [sys.executable, "-c", WRITER, str(package), "CREATE TABLE more (id TEXT)", ENDLESS]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as writer:
        assert writer.stdout.readline()
        assert package.with_name("list.gpkg-wal").stat().st_size
        assert list(read_features(package)["id"]) == ["secret"]
        writer.stdin.write("\n")
        writer.stdin.flush()
        assert writer.stdout.readline()
        with pytest.raises(InputError, match="the view endless"):
            read_features(package)
        writer.stdin.write("\n")


# --- names ---


@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".shp", ".fgb", ".kml"])
@pytest.mark.parametrize("folder", ["a!b", "zip!", "Trạm! 1", "x:y", "http:"])
def test_a_folders_name_is_no_address(tmp_path, monkeypatch, ending, folder):
    (tmp_path / folder).mkdir()
    path = tmp_path / folder / f"list{ending}"
    SECRET.to_file(tmp_path / f"list{ending}", **({"driver": "KML"} if ending == ".kml" else {}))
    for part in tmp_path.glob("list.*"):
        part.rename(tmp_path / folder / part.name)
    monkeypatch.chdir(tmp_path)
    for given in (path, path.relative_to(tmp_path)):
        (point,) = read_features(given).geometry
        assert (point.x, point.y) == pytest.approx((106.0, 20.0))


def test_a_zipped_shapefile_is_read_and_anything_else_in_a_zip_is_told(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    SECRET.to_file(folder / "Trạm.shp")
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        for part in folder.iterdir():
            archive.write(part, f"export/{part.name}")
        archive.writestr("__MACOSX/export/._Trạm.shp", b"x")
    found = read_features(tmp_path / "list.zip")
    assert list(found["id"]) == ["secret"]
    assert found.crs == "EPSG:4326"
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        archive.writestr("a.csv", "id")
    with pytest.raises(InputError, match="holds no Shapefile; a list is one Shapefile"):
        read_features(tmp_path / "list.zip")


def test_several_shapefiles_in_a_zip_are_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        archive.writestr("a.shp", b"")
        archive.writestr("b.shp", b"")
    with pytest.raises(InputError, match=r"holds a\.shp, b\.shp; a list is one Shapefile"):
        read_features(tmp_path / "list.zip")


def test_what_comes_with_the_apple_of_an_archive_is_no_document(tmp_path):
    SECRET.to_file(tmp_path / "doc.kml", driver="KML")
    with zipfile.ZipFile(tmp_path / "list.kmz", "w") as archive:
        archive.writestr("__MACOSX/._a.kml", b"\0\5\x16\7")
        archive.write(tmp_path / "doc.kml", "tram.kml")
    assert len(read_features(tmp_path / "list.kmz")) == 1
