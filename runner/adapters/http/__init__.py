"""Gateways over HTTP by way of httpx: one send without hidden retries, polls, downloads to checked addresses.

What a gateway's answers mean is its manifest's business; what a send came to, money-wise, is said in `failures`.
"""
