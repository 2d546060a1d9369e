-- One row per user, avatars of Gong's own staff included where they were asked for.
WITH user_record AS (
    SELECT turn, json_transform(record, '{
        "id": "VARCHAR", "emailAddress": "VARCHAR", "trustedEmailAddress": "VARCHAR", "firstName": "VARCHAR",
        "lastName": "VARCHAR", "title": "VARCHAR", "phoneNumber": "VARCHAR", "extension": "VARCHAR",
        "active": "VARCHAR", "created": "VARCHAR", "managerId": "VARCHAR", "meetingConsentPageUrl": "VARCHAR",
        "settings": {
            "webConferencesRecorded": "VARCHAR", "preventWebConferenceRecording": "VARCHAR",
            "telephonyCallsImported": "VARCHAR", "emailsImported": "VARCHAR", "preventEmailImport": "VARCHAR",
            "nonRecordedMeetingsImported": "VARCHAR", "gongConnectEnabled": "VARCHAR"
        }
    }') AS sent
    FROM landed
)
SELECT
    turn,
    id_text(sent.id) AS id,
    sent.emailAddress AS email_address,
    sent.trustedEmailAddress AS trusted_email_address,
    sent.firstName AS first_name,
    sent.lastName AS last_name,
    sent.title AS title,
    sent.phoneNumber AS phone_number,
    sent.extension AS extension,
    flag(sent.active) AS active,
    utc(sent.created) AS created,
    id_text(sent.managerId) AS manager_id,
    sent.meetingConsentPageUrl AS meeting_consent_page_url,
    flag(sent.settings.webConferencesRecorded) AS web_conferences_recorded,
    flag(sent.settings.preventWebConferenceRecording) AS prevent_web_conference_recording,
    flag(sent.settings.telephonyCallsImported) AS telephony_calls_imported,
    flag(sent.settings.emailsImported) AS emails_imported,
    flag(sent.settings.preventEmailImport) AS prevent_email_import,
    flag(sent.settings.nonRecordedMeetingsImported) AS non_recorded_meetings_imported,
    flag(sent.settings.gongConnectEnabled) AS gong_connect_enabled
FROM user_record
