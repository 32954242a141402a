"""Who may do what: the same keys for all services, since a program has one pair in its environment."""

import os
from typing import NamedTuple


class Keys(NamedTuple):
    access_key: str
    secret_key: str

    @property
    def environment(self) -> dict[str, str]:
        """What boto3, s3fs and obstore read; of the tester's own AWS files they shall know nothing."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": REGION,  # obstore
            "AWS_DEFAULT_REGION": REGION,  # boto3
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


REGION = "us-west-2"
WRITER = Keys("AKIATESTSWRITER00000", "SecretOfTheTestsWriter/0000000000000000+")
READER = Keys("AKIATESTSREADER00000", "SecretOfTheTestsReader/0000000000000000+")
