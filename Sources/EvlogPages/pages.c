#include "EvlogPages.h"

// The files in `Page`, as they are. The compiler notes that this file depends on them.
// `#embed` is of C23, and this compiler has it in any version of C.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define HTML "text/html; charset=utf-8"
#define CSS "text/css; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"

static const uint8_t index_html[] = {
#embed "Page/index.html"
};
static const uint8_t answers_css[] = {
#embed "Page/answers.css"
};
static const uint8_t answers_answers_js[] = {
#embed "Page/answers/answers.js"
};
static const uint8_t answers_asking_js[] = {
#embed "Page/answers/asking.js"
};
static const uint8_t answers_audit_js[] = {
#embed "Page/answers/audit.js"
};
static const uint8_t answers_blame_js[] = {
#embed "Page/answers/blame.js"
};
static const uint8_t answers_comparison_js[] = {
#embed "Page/answers/comparison.js"
};
static const uint8_t answers_edits_js[] = {
#embed "Page/answers/edits.js"
};
static const uint8_t answers_linked_text_js[] = {
#embed "Page/answers/linked-text.js"
};
static const uint8_t answers_minimise_js[] = {
#embed "Page/answers/minimise.js"
};
static const uint8_t answers_parts_js[] = {
#embed "Page/answers/parts.js"
};
static const uint8_t answers_verdict_js[] = {
#embed "Page/answers/verdict.js"
};
static const uint8_t answers_why_js[] = {
#embed "Page/answers/why.js"
};
static const uint8_t base_css[] = {
#embed "Page/base.css"
};
static const uint8_t commands_js[] = {
#embed "Page/commands.js"
};
static const uint8_t cuts_diagram_js[] = {
#embed "Page/cuts/diagram.js"
};
static const uint8_t cuts_picture_js[] = {
#embed "Page/cuts/picture.js"
};
static const uint8_t cuts_verdict_js[] = {
#embed "Page/cuts/verdict.js"
};
static const uint8_t cuts_written_js[] = {
#embed "Page/cuts/written.js"
};
static const uint8_t dark_css[] = {
#embed "Page/dark.css"
};
static const uint8_t file_file_js[] = {
#embed "Page/file/file.js"
};
static const uint8_t layout_css[] = {
#embed "Page/layout.css"
};
static const uint8_t layout_js[] = {
#embed "Page/layout.js"
};
static const uint8_t main_js[] = {
#embed "Page/main.js"
};
static const uint8_t map_cell_js[] = {
#embed "Page/map/cell.js"
};
static const uint8_t map_graph_js[] = {
#embed "Page/map/graph.js"
};
static const uint8_t map_marks_js[] = {
#embed "Page/map/marks.js"
};
static const uint8_t map_matrix_js[] = {
#embed "Page/map/matrix.js"
};
static const uint8_t map_offers_js[] = {
#embed "Page/map/offers.js"
};
static const uint8_t map_snippet_js[] = {
#embed "Page/map/snippet.js"
};
static const uint8_t map_trend_js[] = {
#embed "Page/map/trend.js"
};
static const uint8_t notebook_export_js[] = {
#embed "Page/notebook/export.js"
};
static const uint8_t notebook_note_js[] = {
#embed "Page/notebook/note.js"
};
static const uint8_t panels_css[] = {
#embed "Page/panels.css"
};
static const uint8_t panels_columns_js[] = {
#embed "Page/panels/columns.js"
};
static const uint8_t panels_cuts_js[] = {
#embed "Page/panels/cuts.js"
};
static const uint8_t panels_event_detail_js[] = {
#embed "Page/panels/event-detail.js"
};
static const uint8_t panels_event_source_js[] = {
#embed "Page/panels/event-source.js"
};
static const uint8_t panels_events_js[] = {
#embed "Page/panels/events.js"
};
static const uint8_t panels_filter_form_js[] = {
#embed "Page/panels/filter-form.js"
};
static const uint8_t panels_map_js[] = {
#embed "Page/panels/map.js"
};
static const uint8_t panels_moment_js[] = {
#embed "Page/panels/moment.js"
};
static const uint8_t panels_notebook_js[] = {
#embed "Page/panels/notebook.js"
};
static const uint8_t panels_state_tree_js[] = {
#embed "Page/panels/state-tree.js"
};
static const uint8_t panels_tables_js[] = {
#embed "Page/panels/tables.js"
};
static const uint8_t panels_writer_js[] = {
#embed "Page/panels/writer.js"
};
static const uint8_t shared_api_js[] = {
#embed "Page/shared/api.js"
};
static const uint8_t shared_dom_js[] = {
#embed "Page/shared/dom.js"
};
static const uint8_t shared_filter_js[] = {
#embed "Page/shared/filter.js"
};
static const uint8_t shared_focus_js[] = {
#embed "Page/shared/focus.js"
};
static const uint8_t shared_links_js[] = {
#embed "Page/shared/links.js"
};
static const uint8_t shared_notes_js[] = {
#embed "Page/shared/notes.js"
};
static const uint8_t shared_panel_js[] = {
#embed "Page/shared/panel.js"
};
static const uint8_t shared_path_js[] = {
#embed "Page/shared/path.js"
};
static const uint8_t shared_series_js[] = {
#embed "Page/shared/series.js"
};
static const uint8_t shared_studio_js[] = {
#embed "Page/shared/studio.js"
};
static const uint8_t shared_text_js[] = {
#embed "Page/shared/text.js"
};
static const uint8_t shared_virtual_list_js[] = {
#embed "Page/shared/virtual-list.js"
};
static const uint8_t shell_focus_bar_js[] = {
#embed "Page/shell/focus-bar.js"
};
static const uint8_t shell_header_js[] = {
#embed "Page/shell/header.js"
};
static const uint8_t shell_palette_js[] = {
#embed "Page/shell/palette.js"
};
static const uint8_t shell_status_js[] = {
#embed "Page/shell/status.js"
};
static const uint8_t timeline_axis_js[] = {
#embed "Page/timeline/axis.js"
};
static const uint8_t timeline_draw_js[] = {
#embed "Page/timeline/draw.js"
};
static const uint8_t timeline_labels_js[] = {
#embed "Page/timeline/labels.js"
};
static const uint8_t timeline_pointer_js[] = {
#embed "Page/timeline/pointer.js"
};
static const uint8_t timeline_scale_js[] = {
#embed "Page/timeline/scale.js"
};
static const uint8_t timeline_tiles_js[] = {
#embed "Page/timeline/tiles.js"
};
static const uint8_t timeline_timeline_js[] = {
#embed "Page/timeline/timeline.js"
};

#define PAGE(name, bytes, type) {name, bytes, sizeof(bytes), type}

static const evlog_page pages[] = {
    PAGE("index.html", index_html, HTML),
    PAGE("answers.css", answers_css, CSS),
    PAGE("answers/answers.js", answers_answers_js, SCRIPT),
    PAGE("answers/asking.js", answers_asking_js, SCRIPT),
    PAGE("answers/audit.js", answers_audit_js, SCRIPT),
    PAGE("answers/blame.js", answers_blame_js, SCRIPT),
    PAGE("answers/comparison.js", answers_comparison_js, SCRIPT),
    PAGE("answers/edits.js", answers_edits_js, SCRIPT),
    PAGE("answers/linked-text.js", answers_linked_text_js, SCRIPT),
    PAGE("answers/minimise.js", answers_minimise_js, SCRIPT),
    PAGE("answers/parts.js", answers_parts_js, SCRIPT),
    PAGE("answers/verdict.js", answers_verdict_js, SCRIPT),
    PAGE("answers/why.js", answers_why_js, SCRIPT),
    PAGE("base.css", base_css, CSS),
    PAGE("commands.js", commands_js, SCRIPT),
    PAGE("cuts/diagram.js", cuts_diagram_js, SCRIPT),
    PAGE("cuts/picture.js", cuts_picture_js, SCRIPT),
    PAGE("cuts/verdict.js", cuts_verdict_js, SCRIPT),
    PAGE("cuts/written.js", cuts_written_js, SCRIPT),
    PAGE("dark.css", dark_css, CSS),
    PAGE("file/file.js", file_file_js, SCRIPT),
    PAGE("layout.css", layout_css, CSS),
    PAGE("layout.js", layout_js, SCRIPT),
    PAGE("main.js", main_js, SCRIPT),
    PAGE("map/cell.js", map_cell_js, SCRIPT),
    PAGE("map/graph.js", map_graph_js, SCRIPT),
    PAGE("map/marks.js", map_marks_js, SCRIPT),
    PAGE("map/matrix.js", map_matrix_js, SCRIPT),
    PAGE("map/offers.js", map_offers_js, SCRIPT),
    PAGE("map/snippet.js", map_snippet_js, SCRIPT),
    PAGE("map/trend.js", map_trend_js, SCRIPT),
    PAGE("notebook/export.js", notebook_export_js, SCRIPT),
    PAGE("notebook/note.js", notebook_note_js, SCRIPT),
    PAGE("panels.css", panels_css, CSS),
    PAGE("panels/columns.js", panels_columns_js, SCRIPT),
    PAGE("panels/cuts.js", panels_cuts_js, SCRIPT),
    PAGE("panels/event-detail.js", panels_event_detail_js, SCRIPT),
    PAGE("panels/event-source.js", panels_event_source_js, SCRIPT),
    PAGE("panels/events.js", panels_events_js, SCRIPT),
    PAGE("panels/filter-form.js", panels_filter_form_js, SCRIPT),
    PAGE("panels/map.js", panels_map_js, SCRIPT),
    PAGE("panels/moment.js", panels_moment_js, SCRIPT),
    PAGE("panels/notebook.js", panels_notebook_js, SCRIPT),
    PAGE("panels/state-tree.js", panels_state_tree_js, SCRIPT),
    PAGE("panels/tables.js", panels_tables_js, SCRIPT),
    PAGE("panels/writer.js", panels_writer_js, SCRIPT),
    PAGE("shared/api.js", shared_api_js, SCRIPT),
    PAGE("shared/dom.js", shared_dom_js, SCRIPT),
    PAGE("shared/filter.js", shared_filter_js, SCRIPT),
    PAGE("shared/focus.js", shared_focus_js, SCRIPT),
    PAGE("shared/links.js", shared_links_js, SCRIPT),
    PAGE("shared/notes.js", shared_notes_js, SCRIPT),
    PAGE("shared/panel.js", shared_panel_js, SCRIPT),
    PAGE("shared/path.js", shared_path_js, SCRIPT),
    PAGE("shared/series.js", shared_series_js, SCRIPT),
    PAGE("shared/studio.js", shared_studio_js, SCRIPT),
    PAGE("shared/text.js", shared_text_js, SCRIPT),
    PAGE("shared/virtual-list.js", shared_virtual_list_js, SCRIPT),
    PAGE("shell/focus-bar.js", shell_focus_bar_js, SCRIPT),
    PAGE("shell/header.js", shell_header_js, SCRIPT),
    PAGE("shell/palette.js", shell_palette_js, SCRIPT),
    PAGE("shell/status.js", shell_status_js, SCRIPT),
    PAGE("timeline/axis.js", timeline_axis_js, SCRIPT),
    PAGE("timeline/draw.js", timeline_draw_js, SCRIPT),
    PAGE("timeline/labels.js", timeline_labels_js, SCRIPT),
    PAGE("timeline/pointer.js", timeline_pointer_js, SCRIPT),
    PAGE("timeline/scale.js", timeline_scale_js, SCRIPT),
    PAGE("timeline/tiles.js", timeline_tiles_js, SCRIPT),
    PAGE("timeline/timeline.js", timeline_timeline_js, SCRIPT),
};

size_t evlog_page_count(void) { return sizeof(pages) / sizeof(pages[0]); }

evlog_page evlog_page_at(size_t number) { return pages[number]; }
