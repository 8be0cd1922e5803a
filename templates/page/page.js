"use strict";
// Left and right go from shot to shot, space plays; one player at a time. The page is whole without any of it.
(() => {
  const shots = Array.from(document.querySelectorAll(".shot"));
  const players = Array.from(document.querySelectorAll("video"));
  let current = -1;

  // The contact sheet's stills are the players' own, so that no picture stands in the page twice.
  for (const still of document.querySelectorAll("img[data-still-of]")) {
    const player = document.querySelector(`#${still.dataset.stillOf} .picture video`);
    if (player && player.poster) {
      still.src = player.poster;
      still.hidden = false;
    }
  }

  for (const player of players) {
    player.addEventListener("play", () => {
      for (const other of players) {
        if (other !== player) other.pause();
      }
    });
  }

  const goTo = (index) => {
    current = Math.max(0, Math.min(shots.length - 1, index));
    shots[current].focus({ preventScroll: true });
    shots[current].scrollIntoView({ block: "start" });
  };

  const playOrPause = (player) => {
    if (player.paused) player.play().catch(() => {});
    else player.pause();
  };

  document.addEventListener("focusin", (event) => {
    const shot = event.target.closest(".shot");
    if (shot) current = shots.indexOf(shot);
  });

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || shots.length === 0) return;
    // A focused player, link or fold keeps its own keys.
    if (event.target.closest("video, a, summary, button, input")) {
      if (event.target.closest("video") || event.key === " ") return;
    }
    if (event.key === "ArrowRight") goTo(current + 1);
    else if (event.key === "ArrowLeft") goTo(current - 1);
    else if (event.key === " " && current >= 0) {
      const player = shots[current].querySelector(".picture video");
      if (player) playOrPause(player);
    } else return;
    event.preventDefault();
  });
})();
