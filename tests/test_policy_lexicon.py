"""Things of many trades, by their names alone: what waits for a person, what is daily work."""

import pytest

from tests.test_policy_expected import TEXT, planned


@pytest.mark.parametrize(
    "name",
    [
        # What protects, watches or wakes people, and ways in.
        "create_alert_channel",
        "enable_scanner_profile",
        "add_log_sink",
        "configure_backup_job",
        "create_quality_gate",
        "create_dead_letter_queue",
        "register_redirect_uri",
        # What everybody enters, and what goes on by itself.
        "create_pipeline_stage",
        "add_picklist_value",
        "create_synonym_set",
        "set_vacation_responder",
        "add_slash_command",
        "update_recurring_invoice",
        # Ways in and out.
        "add_push_subscription",
        "link_storage_integration",
        "create_call_flow",
        # What is seen at once, and what is charged.
        "update_site_banner",
        "set_checkout_branding",
        "create_store_listing",
        "update_help_center",
        "update_shipping_rate",
        "assign_tax_class",
        "update_loyalty_tier",
        "set_bid_strategy",
        # What binds, runs, reaches many or moves.
        "update_consent_preference",
        "set_traffic_split",
        "update_autoscaling_policy",
        "add_static_lease",
        "register_model_version",
        "create_custom_audience",
        "set_charging_profile",
        "update_work_permit",
        # What decides about a person, or is taken as said.
        "set_leave_balance",
        "update_candidate_stage",
        "add_clinical_note",
        "set_finding_severity",
        "update_moderation_decision",
        "swap_slot",
    ],
)
def test_what_others_count_on_waits_whatever_the_trade(name):
    assert planned(name)[0] in ("approval", "hide")


@pytest.mark.parametrize(
    "name",
    [
        "create_task",
        "update_issue",
        "log_time_entry",
        "append_note",
        "move_card",
        "add_checklist_item",
        "update_deal",
        "create_lead",
        "add_internal_note",
        "create_dashboard",
        "add_panel",
        "save_search",
        "set_cell_value",
        "add_slide",
        "create_survey",
        "create_landing_page",
        "create_quiz",
        "add_waypoint",
        "add_watcher",
        "upsert_vectors",
        "add_observations",
        "add_flashcard",
        "log_workout",
        "categorize_transaction",
        "log_run_metric",
        "create_dataset",
        "add_annotation",
        "set_tempo",
        "create_component",
        "select_option",
        "auto_fit_table_columns",
        "preview_banner",
        "draft_contract",
        "set_page_layout",
        "set_grade_filter",
        "validate_form_schema",
    ],
)
def test_daily_work_of_many_trades_passes(name):
    assert planned(name)[0] == "allow"


@pytest.mark.parametrize(
    "name",
    [
        "disable_waf",
        "turn_off_alerts",
        "stop_replication",
        "enable_anonymous_access",
        "make_public",
        "trust_host",
        "claim_device",
        "mark_invoice_paid",
        "adjust_inventory",
        "advance_candidate",
        "refill_prescription",
        "mark_task_success",
        "map_domain",
        "update_instructions",
    ],
)
def test_some_deeds_are_known_whatever_they_are_done_to(name):
    assert planned(name)[0] == "approval"


@pytest.mark.parametrize(
    "name", ["make_private", "enable_logging", "start_timer", "set_status_message", "pause_timer"]
)
def test_their_harmless_neighbours_pass(name):
    assert planned(name)[0] == "allow"


@pytest.mark.parametrize(
    ("name", "beside", "without"),
    [
        ("add_tool_page", "server_url", "title"),
    ],
)
def test_what_is_harmless_in_other_trades_waits_for_what_stands_beside_it(name, beside, without):
    assert planned(name, **{beside: TEXT})[0] == "approval"
    assert planned(name, **{without: TEXT})[0] == "allow"


def test_an_ad_waits_where_no_argument_can_keep_it_paused():
    assert planned("create_ad", headline=TEXT)[0] == "approval"
    assert planned("create_ad", headline=TEXT, status=TEXT)[0] == "allow"
