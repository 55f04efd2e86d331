"use strict";
// The only file that calls the map library, Leaflet 1.9.4; places are [latitude, longitude].
const mapOf = (box) => {
  const map = L.map(box, { preferCanvas: true, zoomSnap: 0.25, attributionControl: false });
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  const told = (layer, content, look = {}) =>
    content === undefined ? layer
      : layer.bindTooltip(typeof content === "string" ? document.createTextNode(content) : content, look);
  return {
    library: map, // for those who embed the page, and for its test
    zoom: () => map.getZoom(),
    dot: (place, style, content, look) => told(L.circleMarker(place, style), content, look),
    circle: (place, style, content) => told(L.circle(place, style), content),
    picture: (url, bounds, style) => L.imageOverlay(url, bounds, style),
    outlines: (shapes, style) => L.geoJSON(shapes, { style }),
    group: (members) => L.layerGroup(members),
    show: (layer) => layer.addTo(map),
    hide: (layer) => layer?.remove(),
    shows: (layer) => map.hasLayer(layer),
    onClick: (layer, act) => layer.on("click", act),
    onChoice: (act) => map.on("overlayadd overlayremove baselayerchange", act),
    onMove: (act) => map.on("zoomend moveend", act),
    onZoom: (act) => map.on("zoomend", act),
    resizeDots: (radiusOf) =>
      map.eachLayer((layer) => { if (layer.options.people) layer.setRadius(radiusOf(layer.options.people)); }),
    chooser: (layers, collapsed) => { // names are markup to the library: the caller escapes them
      const control = L.control.layers(null, null, { collapsed });
      for (const { name, layer, isBase } of layers) isBase ? control.addBaseLayer(layer, name) : control.addOverlay(layer, name);
      return control.addTo(map);
    },
    panel: (position, make) => {
      const control = L.control({ position });
      control.onAdd = make;
      return control.addTo(map);
    },
    boundsOf: (places) => L.latLngBounds(places).pad(0.03),
    fit: (bounds) => map.fitBounds(bounds),
    go: (place, zoom) => map.setView(place, zoom),
    measure: () => map.invalidateSize(false),
  };
};
