"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  // Copy buttons: shown only where a script can serve them.
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      let done = false;
      try {
        await navigator.clipboard.writeText(source.textContent);
        done = true;
      } catch {
        // A page opened from a file may not reach the clipboard: select instead.
        const range = document.createRange();
        range.selectNodeContents(source);
        const selection = getSelection();
        selection.removeAllRanges();
        selection.addRange(range);
        done = document.execCommand("copy");
      }
      button.textContent = done ? "Copied" : "Selected";
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
  }

  // Paper has no clicks: nothing stays folded on it.
  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  });

  const stored = document.getElementById("figures");
  const page = stored ? JSON.parse(stored.textContent) : { figures: [], troubles: [] };
  const narrow = () => matchMedia("(max-width: 560px)").matches;
  const palette = () => getComputedStyle(root);

  // "--name" anywhere in a figure stands for that colour of the page.
  const coloured = (value, colours) => {
    if (typeof value === "string") {
      return value.startsWith("--") ? colours.getPropertyValue(value).trim() : value;
    }
    if (Array.isArray(value)) return value.map((item) => coloured(item, colours));
    if (value && typeof value === "object") {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, coloured(item, colours)]));
    }
    return value;
  };

  const axis = (given, colours) => ({
    gridcolor: colours.getPropertyValue("--line").trim(),
    linecolor: colours.getPropertyValue("--line").trim(),
    zeroline: false, automargin: true, fixedrange: matchMedia("(pointer: coarse)").matches,
    tickfont: { size: 12 }, ...given,
  });

  const layoutOf = (figure, colours) => {
    const given = coloured(figure.spec.layout, colours);
    const named = figure.spec.data.filter((trace) => trace.showlegend !== false).length;
    const layout = {
      ...given,
      // Names stand below the panels: nearly one a line on a phone.
      height: figure.height + (narrow() ? named * 21 : 0),
      paper_bgcolor: colours.getPropertyValue("--paper").trim(),
      plot_bgcolor: colours.getPropertyValue("--paper").trim(),
      font: { family: getComputedStyle(document.body).fontFamily, size: 12.5,
              color: colours.getPropertyValue("--ink").trim() },
      margin: narrow() ? { l: 8, r: 12, t: 8, b: 8 } : { l: 24, r: 24, t: 8, b: 12 },
      hovermode: "closest", hoverlabel: { font: { size: 13 }, namelength: -1,
        bgcolor: colours.getPropertyValue("--paper").trim(),
        bordercolor: colours.getPropertyValue("--muted").trim() },
      legend: { orientation: "h", yref: "container", y: 0, yanchor: "bottom", x: 0, font: { size: 12.5 } },
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    };
    for (const key of Object.keys(given)) {
      if (/^[xy]axis/.test(key)) layout[key] = axis(given[key], colours);
    }
    return layout;
  };

  const config = { displaylogo: false, responsive: true, displayModeBar: false, doubleClick: "reset" };
  const draw = () => {
    const colours = palette();
    for (const figure of page.figures) {
      const place = document.getElementById(figure.key);
      const data = coloured(figure.spec.data, colours);
      const layout = layoutOf(figure, colours);
      place.style.height = `${layout.height}px`;
      Plotly.react(place, data, layout, config);
    }
  };
  if (page.figures.length && typeof Plotly !== "undefined") {
    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    matchMedia("print").addEventListener("change", draw); // paper is always light
    matchMedia("(max-width: 560px)").addEventListener("change", draw);
  }

  // The timeline is the map of the charts below: drag across it to look closer.
  const drawing = document.querySelector(".drawing");
  if (!drawing) return;
  const span = Number(drawing.dataset.span);
  const box = drawing.querySelector(".window");
  const cursor = drawing.querySelector(".cursor");
  const tip = document.querySelector(".tip");
  const chart = document.getElementById("over-time");
  const share = (seconds) => `${Math.min(Math.max(seconds / span, 0), 1) * 100}%`;
  const mark = (from, to) => {
    box.setAttribute("x", share(from));
    box.setAttribute("width", to > from ? share(to - from) : "0");
  };
  const moment = (seconds) => page.origin_ms + seconds * 1000;
  const secondsOf = (value) => {
    const moment = typeof value === "number" ? value : Date.parse(`${value.replace(" ", "T")}Z`);
    return (moment - page.origin_ms) / 1000;
  };
  const whole = () => {
    mark(0, 0);
    if (chart) Plotly.relayout(chart, { "xaxis.range": [0, span].map(moment) });
  };
  const zoom = (from, to) => {
    const room = Math.max((to - from) * 0.04, span / 2000);
    const low = Math.max(0, from - room);
    const high = Math.min(span, to + room);
    mark(low, high);
    if (chart) Plotly.relayout(chart, { "xaxis.range": [low, high].map(moment) });
  };
  if (chart && chart.on) {
    chart.on("plotly_relayout", (change) => {
      const low = change["xaxis.range[0]"];
      if (low === undefined) {
        if (change["xaxis.autorange"]) mark(0, 0);
        return;
      }
      mark(secondsOf(low), secondsOf(change["xaxis.range[1]"]));
    });
  }
  for (const link of document.querySelectorAll("a.when")) {
    link.addEventListener("click", () => zoom(Number(link.dataset.from), Number(link.dataset.to)));
  }

  const clock = (seconds) => {
    const whole = Math.floor(seconds);
    const two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  };
  const momentOf = (event) => {
    const place = drawing.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - place.left) / place.width, 0), 1) * span;
  };
  let start = null;
  const say = (event, now) => {
    const place = drawing.getBoundingClientRect();
    const slack = span / place.width * 3;
    const near = page.troubles.filter((t) => t[0] <= now + slack && t[1] >= now - slack);
    const lines = near.slice(0, 6).map((t) => `${t[2]}: ${t[3]}`);
    if (near.length > 6) lines.push(`and ${near.length - 6} more`);
    tip.textContent = [clock(now), ...lines].join("\n");
    tip.hidden = false;
    const left = event.clientX - place.left;
    const room = drawing.parentElement.clientWidth - tip.offsetWidth - 12;
    tip.style.left = `${Math.max(8, Math.min(left + 34, room))}px`;
    tip.style.top = `${event.clientY - drawing.parentElement.getBoundingClientRect().top + 18}px`;
  };
  drawing.addEventListener("pointermove", (event) => {
    const now = momentOf(event);
    cursor.setAttribute("x1", share(now));
    cursor.setAttribute("x2", share(now));
    cursor.setAttribute("visibility", "visible");
    say(event, now);
    if (start !== null) mark(Math.min(start, now), Math.max(start, now));
  });
  drawing.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    tip.hidden = true;
  });
  drawing.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0 || !chart) return;
    start = momentOf(event);
    drawing.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  drawing.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const end = momentOf(event);
    const [low, high] = [Math.min(start, end), Math.max(start, end)];
    start = null;
    if ((high - low) / span > 0.004) zoom(low, high);
    else mark(0, 0);
  });
  drawing.addEventListener("dblclick", whole);
  drawing.parentElement.addEventListener("keydown", (event) => {
    if (event.key === "Escape") whole();
  });
})();
