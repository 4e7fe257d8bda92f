"""Mails to those who work here go over the mail server, too."""

from zhiji.flow.deliver.channels.email.staff import send
from zhiji.work.notices.mail import Mailer

OFFERS = (Mailer(send),)
