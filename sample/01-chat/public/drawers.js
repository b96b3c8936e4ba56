/**
 * Panels that find no room beside the messages become drawers: popovers, which the browser opens by their buttons and closes by Escape or a
 * tap beside them.
 */
export function makeDrawers() {
  for (const panel of document.querySelectorAll('[data-drawer-below]')) {
    const isNarrow = matchMedia(`(width < ${panel.dataset.drawerBelow}px)`);
    const adapt = () => (panel.popover = isNarrow.matches ? 'auto' : null);
    isNarrow.addEventListener('change', adapt);
    adapt();
  }
}

export function closeDrawers() {
  for (const panel of document.querySelectorAll('[popover]:popover-open')) panel.hidePopover();
}
