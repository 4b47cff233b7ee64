-- A report turned out to be sealed: what its revisions before had said, and where, is taken out of the rows themselves.
ALTER TABLE outcome_rows UPDATE
    sealed = 1, text = '', address = '', area_hint = '', received_lng = NULL, received_lat = NULL, accuracy_m = NULL,
    code_standard = '', source_code = '', received_intent = '', urgency_hint = '', part_owner = '', persons = NULL, attachments = [], extra = '{}',
    text_plain = '', address_plain = '', address_key = '', digest = '', lng = NULL, lat = NULL, precision = 'none',
    grid = '', community = '', community_code = '', street = '', street_code = '', district = '', why = '{}',
    call_waited_s = NULL, call_lasted_s = NULL, call_answered = NULL, against = [],
    reporter_name = '', reporter_phone = '', reporter_id = '', reporter_home = '', reporter_token = '', reporter_key = '', reporter_box = '',
    text_shown = '', address_shown = '', area_hint_shown = '', attachments_shown = [], extra_shown = '',
    text_plain_shown = '', address_plain_shown = '', address_key_shown = ''
WHERE (centre, source, source_id) IN (SELECT centre, source, source_id FROM sealed_rows) AND NOT sealed
SETTINGS mutations_sync = 1;
