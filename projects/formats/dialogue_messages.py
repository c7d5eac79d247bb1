"""What can be wrong with dialogues, in sentences: where it is comes from the page, what and what to do stands here."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FILE_MESSAGES: dict[str, str | Promise] = {
    "dialogue_language": _("“%(value)s” is no language code. Write a code such as en or zh."),
    "dialogue_role": _("“%(value)s” is no part in a dialogue. Use one of: %(allowed)s."),
    "dialogue_layout": _("It is not said where the file holds the %(name)s. Name the key or column."),
    "dialogue_not_json": _("This format is a JSON list or JSON Lines, but the file is a table. Choose another format."),
    "dialogue_not_table": _("This format is a table with one turn a row, but the file is JSON. Choose another format."),
    "dialogue_too_many_turns": _("The file has more than %(limit)s turns. Split it and import the parts."),
}

ROW_MESSAGES: dict[str, str | Promise] = {
    "session_not_object": _("The session is not an object with named keys. Write it as {…}."),
    "session_no_turns": _("The session has no turns under “%(key)s”. Write them as a list, or remove the session."),
    "session_too_long": _("The session has %(found)s turns; at most %(limit)s can be imported. Split it."),
    "session_id_long": _("The id has %(found)s characters; at most %(limit)s are allowed. Shorten it."),
    "session_id_missing": _("The row names no session. Fill the column “%(key)s”."),
    "session_duplicate": _("The id “%(value)s” is already used by session %(first)s. Give each session its own id."),
    "session_same_text": _("Session %(first)s has exactly the same turns. Keep one, or give both an id."),
    "case_order_taken": _("Session %(first)s has the same place (%(value)s) in the case “%(case)s”. Number them anew."),
    "case_order_invalid": _("“%(value)s” is no place in a case. Write a whole number from 1."),
    "turn_not_object": _("The turn is not an object with named keys. Write it as {…}."),
    "turn_no_speaker": _("The turn names no speaker under “%(key)s”. Say who speaks, or remove the turn."),
    "turn_no_text": _("The turn has no text under “%(key)s”. Write it, or remove the turn."),
    "turn_not_text": _("What stands under “%(key)s” is not text. Write one text."),
    "speaker_long": _("The speaker's name has %(found)s characters; at most %(limit)s are allowed. Shorten it."),
    "role_unknown": _("It is not known who “%(value)s” is. Say which part this speaker has: therapist, client, other."),
    "label_outside": _("“%(value)s” is not one of the values of “%(field)s”. Allowed: %(allowed)s."),
    "turn_index_invalid": _("“%(value)s” is no turn's number. Write a whole number."),
    "turn_differs": _("The row has another %(what)s than line %(first)s, which is the same turn. Make them alike."),
    "turn_duplicate": _("Line %(first)s is the same turn already. Keep one row, or name the rater of each."),
    "raters_unreadable": _(
        "What stands under “%(key)s” does not say which rater gave which values. Write {rater: {field: values}}."
    ),
    "suggestions_unreadable": _(
        "What stands under “%(key)s” is no list of proposals. Write each with field, values, source, and a score "
        "from 0 to 1 or none."
    ),
    "suggestion_twice": _("“%(source)s” proposes something for “%(field)s” twice. Keep one of the proposals."),
    "session_differs": _(
        "The row has another %(what)s than line %(first)s, which is of the same session. Make them alike, or do not "
        "take the column for the session's."
    ),
    "rater_long": _("The rater's code has %(found)s characters; at most %(limit)s are allowed. Shorten it."),
}

REMARKS: dict[str, str | Promise] = {
    "one_turn": _("The session has a single turn."),
    "very_long": _("The session is very long."),
    "one_speaker": _("Only one person speaks in the session."),
    "label_unreadable": _("Labels are neither text nor a list of texts; they are kept beside the turn only."),
    "mixed_punctuation": _("A Chinese text has English punctuation marks, or the other way round."),
    "right_to_left": _("The text is written from right to left, in part or whole."),
    "direction_marks": _("The text holds invisible marks that change the direction of writing."),
    "emoji": _("The text holds emoji."),
    "blank_around": _("There are blanks before or behind the text; they are kept."),
}
