"""What tests share: samples of documents, a store and bucket with jobs, small checkouts, and labs to launch in."""
