"""What the Human Evaluation Datasheet asks (version 3.0, Belz and Thomson 2024), under its numbers, in our own words.

Section 4 is answered once for each criterion, everything else once for each experiment.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

VERSION = "3.0"
SOURCE = "Anya Belz and Craig Thomson: HEDS 3.0, The Human Evaluation Data Sheet Version 3.0, arXiv:2412.07940"

EXPERIMENT: Mapping[str, str] = {
    "1.1.1": _("Where is the paper or report of the experiment?"),
    "1.1.2": _("Which of its experiments is this sheet about?"),
    "1.2": _("Where are the resources that were used?"),
    "1.3.1.1": _("Who fills this sheet in?"),
    "1.3.1.2": _("Affiliation of that person"),
    "1.3.1.3": _("E-mail address of that person"),
    "1.3.2.1": _("Who is the contact author?"),
    "1.3.2.2": _("Affiliation of the contact author"),
    "1.3.2.3": _("E-mail address of the contact author"),
    "2.1": _("What do the systems take as input?"),
    "2.2": _("What do the systems give as output?"),
    "2.3": _("Which task do the systems perform?"),
    "2.4": _("Languages of the input"),
    "2.5": _("Languages of the output"),
    "3.1.1": _("How many outputs of each system were evaluated?"),
    "3.1.2": _("How were the outputs chosen?"),
    "3.1.3.1": _("By which method was the size of the sample planned?"),
    "3.1.3.2": _("What is the statistical power of the sample?"),
    "3.1.3.3": _("Where is the code of that calculation?"),
    "3.2.1": _("How many evaluators contributed to the results?"),
    "3.2.2.1": _("Are the evaluators experts of the domain?"),
    "3.2.2.2": _("Were the evaluators paid?"),
    "3.2.2.3": _("Did the researchers know the evaluators before?"),
    "3.2.2.4": _("Were researchers of the experiment among the evaluators?"),
    "3.2.3": _("How were evaluators recruited?"),
    "3.2.4": _("What training or practice did evaluators have?"),
    "3.2.5": _("What else is known of the evaluators?"),
    "3.3.1": _("Was the design registered beforehand?"),
    "3.3.2": _("With what were answers collected?"),
    "3.3.3.1": _("Which kinds of quality assurance were used?"),
    "3.3.3.2": _("What was done for each of them?"),
    "3.3.4.1": _("Where can the form that evaluators saw be viewed?"),
    "3.3.4.2": _("What did evaluators see while they judged?"),
    "3.3.5": _("How free were evaluators as to when and how fast they worked?"),
    "3.3.6": _("Could evaluators ask questions or give feedback?"),
    "3.3.7": _("Where did evaluators work?"),
    "3.3.8": _("How were these conditions held alike or how did they differ?"),
    "5.1": _("Which ethics committee approved the experiment?"),
    "5.2": _("Do the texts or answers hold personal data?"),
    "5.3": _("Do they hold data of a special category, such as health?"),
    "5.4": _("Was the impact of the experiment assessed?"),
}
CRITERION: Mapping[str, str] = {
    "4.1.1": _("Which type of quality: correct, good, or a feature?"),
    "4.1.2": _("Which aspect: form, content, or both?"),
    "4.1.3": _("Against what: the output itself, the input, or something outside?"),
    "4.2.1": _("Objective or subjective?"),
    "4.2.2": _("Absolute or relative?"),
    "4.2.3": _("Intrinsic or extrinsic?"),
    "4.3.1.1": _("What is the criterion called to evaluators?"),
    "4.3.1.2": _("Which standard name of a criterion does that correspond to?"),
    "4.3.2": _("How is it defined to evaluators?"),
    "4.3.3": _("How many values does the scale have?"),
    "4.3.4": _("Which values are these?"),
    "4.3.5": _("How is the scale presented?"),
    "4.3.6": _("Without a scale, what do evaluators do?"),
    "4.3.7": _("What are evaluators asked, word for word?"),
    "4.3.8": _("In what form is the answer elicited?"),
    "4.3.9": _("How do answers become the reported figures?"),
    "4.3.10": _("Which tests and effect sizes are used?"),
    "4.3.11.1": _("How was agreement between evaluators measured?"),
    "4.3.11.2": _("What was the agreement between evaluators?"),
    "4.3.12.1": _("How was the consistency of each evaluator measured?"),
    "4.3.12.2": _("What was the consistency of each evaluator?"),
}
SECTIONS: Mapping[str, str] = {
    "1": _("Reference and resources"),
    "2": _("Evaluated systems"),
    "3": _("Sample, evaluators and design"),
    "4": _("Criteria"),
    "5": _("Ethics"),
}
